package isms

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/posture"
)

var today = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func iso(t testing.TB) *framework.Framework {
	t.Helper()
	f, ok := framework.Shipped().Find(StatementFramework)
	if !ok {
		t.Fatal("ISO/IEC 27001 does not ship")
	}
	return f
}

func TestWhatIsDerivedFollowsFromDesignAndOperation(t *testing.T) {
	closed := func(r posture.Readiness, s posture.State, p Proofs) Judged {
		return Judged{Coverage: posture.Full, Readiness: r, Operation: s, Controls: []string{"AC-1"}, Evidence: p}
	}
	march := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name     string
		included bool
		judged   Judged
		want     StatementState
		says     string
	}{
		{"left out, whatever operates", false, closed(posture.Ready, posture.Effective, Proofs{}), RowOut, "left out"},
		{"nothing at all", true, Judged{Coverage: posture.None}, RowAbsent, "none"},
		{"a control on paper", true, Judged{Coverage: posture.None, Waiting: []string{"AC-1", "AC-2"}}, RowWaiting, "AC-1 and AC-2 are meant for it"},
		{"a suggestion of the crosswalk is nothing", true, Judged{Coverage: posture.Candidate}, RowAbsent, ""},
		{"a part in design", true, Judged{Coverage: posture.Partial, Controls: []string{"AC-1"}, Operation: posture.Effective}, RowPartly, "AC-1 is effective"},
		{"closed and effective", true, closed(posture.Ready, posture.Effective, Proofs{All: 2, Current: 1, Newest: march}), RowShown, "1 of 2 items of evidence are current, the newest of 2 March 2026"},
		{"closed with an exception", true, closed(posture.WithException, posture.Exceptions, Proofs{}), RowFailing, "exceptions"},
		{"closed with a gap", true, closed(posture.WithGap, posture.Gap, Proofs{}), RowFailing, "without data"},
		{"closed, nothing shows it", true, closed(posture.Unshown, posture.Unknown, Proofs{}), RowUnshown, "No evidence is filed"},
		{"closed, evidence lapsed", true, closed(posture.Unshown, posture.Unknown, Proofs{All: 1, Newest: march}), RowUnshown, "No evidence is current"},
		{"closed, not due yet", true, closed(posture.Early, posture.NotYetDue, Proofs{}), RowUnshown, "not due yet"},
		{"attested, no control named", true, Judged{Coverage: posture.FullAttested, Readiness: posture.Unshown, Operation: posture.Unknown}, RowUnshown, "rests on no control"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := StatusOf(tt.included, tt.judged, time.UTC)
			if got.State != tt.want || !strings.Contains(got.Design+" "+got.Operation, tt.says) {
				t.Errorf("got %+v, want %s and %q", got, tt.want, tt.says)
			}
		})
	}
}

func TestAClaimIsComparedWithWhatIsDerived(t *testing.T) {
	const none, ok, ahead, behind = ClaimMissing, ClaimAgrees, ClaimAhead, ClaimBehind
	want := map[StatementState][5]Agreement{ // implemented, partly, planned, not implemented, nothing claimed
		RowShown:   {ok, behind, behind, behind, none},
		RowUnshown: {ahead, ok, behind, behind, none},
		RowFailing: {ahead, ok, behind, behind, none},
		RowPartly:  {ahead, ok, ok, behind, none},
		RowWaiting: {ahead, ahead, ok, ok, none},
		RowAbsent:  {ahead, ahead, ok, ok, none},
		RowOut:     {none, none, none, none, none},
	}
	for _, s := range StatementStates() {
		for i, c := range append(Claims(), ClaimNone) {
			if got := AgreementOf(c, s); got != want[s][i] {
				t.Errorf("%q claimed of %q is %q, want %q", c, s, got, want[s][i])
			}
		}
		if got := AgreementOf(ClaimOf(s), s); s != RowOut && got != ok {
			t.Errorf("the claim made of %s is %s", s, got)
		}
	}
}

func TestEveryRemarkHasItsCause(t *testing.T) {
	good := StatementRow{Code: "A.8.2", Included: true, Judged: Judged{Coverage: posture.Full, Controls: []string{"AC-1"}},
		StatementDecision: StatementDecision{Reasons: []Reason{{BecauseOfBusiness, "We need it."}}, Claim: ClaimDone, Owner: "p"}, OwnerName: "Ann",
		Status: StatementStatus{State: RowShown}, Agreement: ClaimAgrees}
	out := StatementRow{Code: "A.7.4", WhyOut: "No premises."}
	with := func(r StatementRow, change func(*StatementRow)) StatementRow { change(&r); return r }
	open, day := StatementRisk{ID: "1", Code: "R-001"}, cadence.On(2026, 11, 26)
	for _, tt := range []struct {
		name string
		row  StatementRow
		want []LintKind
	}{
		{"nothing is wrong", good, nil},
		{"left out with a reason", out, nil},
		{"left out without one", with(out, func(r *StatementRow) { r.WhyOut = " " }), []LintKind{LintOutNoReason}},
		{"left out, linked to an open risk", with(out, func(r *StatementRow) { r.Names = []StatementRisk{open} }), []LintKind{LintOutLinked}},
		{"left out, asked for by a law", with(out, func(r *StatementRow) { r.Reasons = []Reason{{BecauseOfLaw, "GDPR Art. 32"}} }), []LintKind{LintOutLinked}},
		{"left out, wanted by the business only", with(out, func(r *StatementRow) { r.Reasons = []Reason{{BecauseOfBusiness, ""}} }), nil},
		{"left out, with an operated control", with(out, func(r *StatementRow) { r.Judged.Operated = []string{"PH-1"} }), []LintKind{LintOutOperated}},
		{"left out, and nothing is asked of its claim and owner", with(out, func(r *StatementRow) { r.Claim = ClaimPlanned }), nil},
		{"included without a reason", with(good, func(r *StatementRow) { r.Reasons = nil }), []LintKind{LintInNoReason}},
		{"because of risk, naming none", with(good, func(r *StatementRow) { r.Reasons = []Reason{{Kind: BecauseOfRisk}} }), []LintKind{LintRiskUnnamed}},
		{"because of risk, named", with(good, func(r *StatementRow) { r.Reasons, r.Names = []Reason{{Kind: BecauseOfRisk}}, []StatementRisk{open} }), nil},
		{"names a closed risk beside an open one", with(good, func(r *StatementRow) {
			r.Reasons, r.Names, r.Gone = []Reason{{Kind: BecauseOfRisk}}, []StatementRisk{open}, []string{"R-002"}
		}), []LintKind{LintClosedRisk}},
		{"a law that is not named", with(good, func(r *StatementRow) { r.Reasons = []Reason{{Kind: BecauseOfLaw}} }), []LintKind{LintReasonUnnamed}},
		{"nothing claimed", with(good, func(r *StatementRow) { r.Claim, r.Agreement = ClaimNone, ClaimMissing }), []LintKind{LintNoClaim}},
		{"claimed, nothing shows it", with(good, func(r *StatementRow) { r.Status.State, r.Agreement = RowUnshown, ClaimAhead }), []LintKind{LintNoProof}},
		{"claimed, shown not to be due", with(good, func(r *StatementRow) {
			r.Status.State, r.Agreement, r.Judged.Evidence.Current = RowUnshown, ClaimAhead, 1
		}), []LintKind{LintAhead}},
		{"claimed, only a part is covered", with(good, func(r *StatementRow) { r.Status.State, r.Agreement = RowPartly, ClaimAhead }), []LintKind{LintAhead}},
		{"claimed not implemented though operated", with(good, func(r *StatementRow) { r.Claim, r.Agreement = ClaimNot, ClaimBehind }), []LintKind{LintBehind}},
		{"nobody owns it", with(good, func(r *StatementRow) { r.Owner = "" }), []LintKind{LintNoOwner}},
		{"the owner has left", with(good, func(r *StatementRow) { r.OwnerGone = true }), []LintKind{LintOwnerGone}},
		{"planned without a day", with(good, func(r *StatementRow) { r.Claim, r.Status.State = ClaimPlanned, RowAbsent }), []LintKind{LintPlanUndated}},
		{"planned for today", with(good, func(r *StatementRow) { r.Claim, r.Status.State, r.On = ClaimPlanned, RowAbsent, day }), nil},
		{"planned for yesterday", with(good, func(r *StatementRow) { r.Claim, r.Status.State, r.On = ClaimPlanned, RowAbsent, day-1 }), []LintKind{LintPlanPast}},
		{"an own control nobody carries out", with(good, func(r *StatementRow) { r.Code, r.Custom = "C-1", true }), []LintKind{LintNothingBehind}},
		{"an own control whose control is gone", with(good, func(r *StatementRow) { r.Code, r.Custom, r.Controls = "C-1", true, []string{"x"} }), []LintKind{LintGoneFromReg}},
		{"all of it at once", StatementRow{Code: "A.8.2", Included: true, Status: StatementStatus{State: RowAbsent}}, []LintKind{LintInNoReason, LintNoClaim, LintNoOwner}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []LintKind
			for _, l := range LintRow(tt.row, day) {
				got = append(got, l.Kind)
				if l.Code != tt.row.Code || l.Text == "" || l.Cure == "" || l.Severity == "" {
					t.Errorf("a remark without row, sentence, cure or severity: %+v", l)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestAHighRiskIsTreatedBySomeRow(t *testing.T) {
	code := func(id string) string { return map[string]string{"c1": "AC-1"}[id] }
	high := StatementRisk{ID: "1", Code: "R-001", Level: "high", High: true}
	row := StatementRow{Code: "A.8.2", Included: true, Judged: Judged{Controls: []string{"AC-1"}}}
	for _, tt := range []struct {
		name string
		row  StatementRow
		risk StatementRisk
		want int
	}{
		{"nothing joins them", row, high, 1},
		{"it is not high", row, StatementRisk{ID: "1", Code: "R-001"}, 0},
		{"it is closed", row, StatementRisk{ID: "1", Code: "R-001", High: true, Closed: true}, 0},
		{"the row names it", StatementRow{Included: true, Names: []StatementRisk{high}}, high, 0},
		{"a row that is left out names it", StatementRow{Names: []StatementRisk{high}}, high, 1},
		{"its control stands behind the row", row, StatementRisk{ID: "1", Code: "R-001", High: true, Controls: []string{"c1"}}, 0},
		{"another control does", row, StatementRisk{ID: "1", Code: "R-001", High: true, Controls: []string{"c2"}}, 1},
	} {
		if got := LintRisks([]StatementRow{tt.row}, []StatementRisk{tt.risk}, code); len(got) != tt.want {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}

// built is a statement over the shipped standard.
func built(t testing.TB, change func(*statementInput)) *Statement {
	t.Helper()
	in := statementInput{Framework: iso(t), At: today, Zone: time.UTC, Excluded: map[string]string{"A.7.4": "No premises."}, Lines: map[string]statementLine{},
		Judgement: &Judgement{Requirements: map[string]Judged{}, Controls: map[string]JudgedControl{
			"AC-1": {ID: "c1", Code: "AC-1", Status: control.Operated, Operation: posture.Effective, Evidence: Proofs{All: 1, Current: 1, Newest: today}},
			"AC-2": {ID: "c2", Code: "AC-2", Status: control.Planned, Operation: posture.Unknown}}},
		People: map[string]statementPerson{"p": {Name: "Ann Example"}, "q": {Name: "Ben Gone", Gone: true}}}
	change(&in)
	return buildStatement(in)
}

func TestTheStatementHasARowForEachControlOfAnnexAAndThenOurOwn(t *testing.T) {
	s := built(t, func(in *statementInput) {
		in.Lines["C-10"] = statementLine{Code: "C-10", ID: "l10", StatementDecision: StatementDecision{Title: "Ten", Controls: []string{"c1"}}}
		in.Lines["C-2"] = statementLine{Code: "C-2", ID: "l2", StatementDecision: StatementDecision{Title: "Two", Controls: []string{"c1", "c2"}}}
		in.Lines["C-3"] = statementLine{Code: "C-3", ID: "l3", Retired: "Not needed."}
		in.Lines["A.8.2"] = statementLine{Code: "A.8.2", ID: "l1", StatementDecision: StatementDecision{Owner: "q", Risks: []string{"r1", "r2", "r3"}}}
		in.Risks = []StatementRisk{{ID: "r1", Code: "R-10"}, {ID: "r2", Code: "R-2", Closed: true}, {ID: "r4", Code: "R-4", Rows: []string{"A.8.2", "A.7.4"}}}
	})
	if n := len(s.Rows); n != 95 || s.Rows[0].Code != "A.5.1" || s.Rows[92].Code != "A.8.34" || s.Rows[93].Code != "C-2" || s.Rows[94].Code != "C-10" {
		t.Fatalf("%d rows, %s first", n, s.Rows[0].Code)
	}
	news := 0
	for _, r := range s.Rows {
		if r.New {
			news++
		}
	}
	if news != 11 {
		t.Errorf("%d controls are new in 2022, want 11", news)
	}
	r, _ := s.Row("A.8.2")
	if len(r.Names) != 2 || r.Names[0].Code != "R-4" || r.Names[1].Code != "R-10" || !slices.Equal(r.Gone, []string{"R-2", "a risk that is not in the register"}) || !r.OwnerGone {
		t.Errorf("the row is %+v", r)
	}
	if x, _ := s.Row("A.7.4"); x.Included || x.WhyOut == "" || x.Status.State != RowOut || len(x.Lints) != 1 || x.Lints[0].Kind != LintOutLinked {
		t.Errorf("what is left out is %+v", x)
	}
	if x, _ := s.Row("C-10"); x.Status.State != RowShown || !x.Included {
		t.Errorf("an own control that is shown: %+v", x.Status)
	}
	if x, _ := s.Row("C-2"); x.Status.State != RowPartly || !slices.Equal(x.Judged.Waiting, []string{"AC-2"}) {
		t.Errorf("an own control of which a part waits: %+v", x.Status)
	}
	c := s.Counts()
	if c.Rows != 95 || c.Custom != 2 || c.Excluded != 1 || c.Included != 94 || c.Claims[ClaimNone] != 94 {
		t.Errorf("%+v", c)
	}
	if s.Lints[0].Severity != LintStop || !slices.IsSortedFunc(s.LintGroups(), func(a, b LintGroup) int {
		order := []LintSeverity{LintStop, LintWarn, LintHint}
		return slices.Index(order, a.Severity) - slices.Index(order, b.Severity)
	}) {
		t.Error("what stops approval does not come first")
	}
}

func TestADiffSaysWhatWasDecidedAndWhatIsDerived(t *testing.T) {
	name := func(id string) string { return map[string]string{"p": "Ann"}[id] }
	a := []StatementEntry{{Code: "A.5.1", Included: true, State: RowAbsent, Coverage: posture.None, Operated: posture.Unknown}, {Code: "A.5.2", Included: true, State: RowAbsent}, {Code: "C-1", Custom: true, Included: true, Title: "Old"}}
	b := []StatementEntry{{Code: "A.5.1", Included: true, State: RowShown, Coverage: posture.Full, Operated: posture.Effective}, {Code: "A.5.2", Included: false, WhyOut: "No.", State: RowOut, Owner: "p"}, {Code: "C-2", Custom: true, Included: true, Title: "New"}}
	got := DiffStatements(a, b, name)
	if len(got) != 4 || got[0].Decided() || !got[1].Decided() || !got[2].Added || !got[3].Gone || got[3].Code != "C-1" {
		t.Fatalf("%+v", got)
	}
	fields := map[string]string{}
	for _, f := range got[1].Fields {
		fields[f.Name] = f.From + "→" + f.To
	}
	if fields["Applicability"] != "included→left out" || fields["Owner"] != "→Ann" || fields["Why it is left out"] != "→No." {
		t.Errorf("%v", slices.Collect(maps.Keys(fields)))
	}
	if same := DiffStatements(a, a, name); len(same) != 0 {
		t.Errorf("a statement differs from itself: %+v", same)
	}
}

func BenchmarkStatementOfFiveThousandOwnControls(b *testing.B) {
	lines, controls := map[string]statementLine{}, map[string]JudgedControl{}
	for i := range 5000 {
		code := ownPrefix + strconv.Itoa(i+1)
		controls["K-"+strconv.Itoa(i)] = JudgedControl{ID: "k" + strconv.Itoa(i), Code: "K-" + strconv.Itoa(i), Status: control.Operated, Operation: posture.Effective, Evidence: Proofs{All: 1, Current: 1, Newest: today}}
		lines[code] = statementLine{ID: code, Code: code, StatementDecision: StatementDecision{Title: "Control " + code, Controls: []string{"k" + strconv.Itoa(i)}, Reasons: []Reason{{BecauseOfBusiness, "Needed"}}, Claim: ClaimDone, Owner: "p"}}
	}
	for b.Loop() {
		s := built(b, func(in *statementInput) { in.Lines, in.Judgement.Controls = lines, controls })
		if len(s.Rows) != 5093 {
			b.Fatal(len(s.Rows))
		}
	}
}
