package conformance

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	register "github.com/toucan-grc/toucan/internal/sheet"
)

// row is a row of the statement as it stands.
func (h *house) row(t testing.TB, who access.Actor, code string, at time.Time) isms.StatementRow {
	t.Helper()
	s, err := h.isms.Statement(t.Context(), who, at)
	must(t, err)
	r, ok := s.Row(code)
	if !ok {
		t.Fatalf("there is no row %s", code)
	}
	return r
}

// said is a change of a row as a form sends it.
func said(code string, d isms.StatementDecision) isms.StatementChange {
	return isms.StatementChange{Code: code, Included: true, StatementDecision: d}
}

var needed = isms.StatementDecision{Reasons: []isms.Reason{{Kind: isms.BecauseOfBusiness, Text: "We need it."}}, Claim: isms.ClaimNot}

// justify gives every row a reason and a claim.
func (h *house) justify(t testing.TB, who access.Actor, at time.Time) {
	t.Helper()
	s, err := h.isms.Statement(t.Context(), who, at)
	must(t, err)
	var codes []string
	for _, r := range s.Rows {
		codes = append(codes, r.Code)
	}
	must(t, h.isms.ChangeStatement(t.Context(), who, isms.BulkStatement{Codes: codes, Add: needed.Reasons, Derived: true}, at))
}

func TestOneDateOfEvidenceChangesARow(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		c, err := h.controls.Create(ctx, who, control.Control{Code: "AC-1", Title: "Privileged access", Status: control.Operated}, now)
		must(t, err)
		must(t, h.links.SetLinks(ctx, who, c.ID, []crosswalk.Link{{Ref: framework.Ref{Framework: "iso27001-2022", ID: "A.8.2"}}}, now))
		must(t, h.isms.SetStatement(ctx, who, []isms.StatementChange{said("A.8.2", isms.StatementDecision{Reasons: needed.Reasons, Claim: isms.ClaimDone})}, now))
		if r := h.row(t, who, "A.8.2", now); r.Status.State != isms.RowUnshown || r.Agreement != isms.ClaimAhead {
			t.Errorf("with no evidence: %+v", r.Status)
		}
		f, err := h.evidence.Keep(ctx, who, "proof.txt", strings.NewReader("proof"), now)
		must(t, err)
		_, err = h.evidence.File(ctx, who, evidence.Filing{Title: "Review", Kind: "access-review-record", CapturedAt: now, ValidFor: 30 * 24 * time.Hour, Files: []evidence.File{f}, Controls: []string{"AC-1"}}, now)
		must(t, err)
		if r := h.row(t, who, "A.8.2", now.Add(time.Hour)); r.Status.State != isms.RowShown || r.Agreement != isms.ClaimAgrees || !strings.Contains(r.Status.Operation, "1 of 1") {
			t.Errorf("with evidence: %+v", r.Status)
		}
		if r := h.row(t, who, "A.8.2", now.AddDate(0, 0, 31)); r.Status.State != isms.RowFailing || r.Lints[0].Kind != isms.LintNoProof {
			t.Errorf("once it lapsed, with nothing written: %+v %+v", r.Status, r.Lints)
		}
	})
}

func TestWhatIsLeftOutIsOneFact(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Manager], t.Context()
		ref := framework.Ref{Framework: "iso27001-2022", ID: "A.7.4"}
		out := isms.StatementChange{Code: "A.7.4", WhyOut: "No premises."}
		must(t, h.isms.SetStatement(ctx, who, []isms.StatementChange{out}, now))
		sc, err := h.links.Scope(ctx, who, now.Add(time.Second))
		if must(t, err); sc.Excluded[ref] != "No premises." {
			t.Errorf("the scope says %q", sc.Excluded[ref])
		}
		must(t, h.links.Include(ctx, who, ref, now.Add(time.Minute)))
		if r := h.row(t, who, "A.7.4", now.Add(2*time.Minute)); !r.Included || r.WhyOut != "" {
			t.Errorf("included by the scope, the row says %+v", r)
		}
		must(t, h.links.Exclude(ctx, who, ref, "All remote.", now.Add(3*time.Minute)))
		if r := h.row(t, who, "A.7.4", now.Add(4*time.Minute)); r.Included || r.WhyOut != "All remote." {
			t.Errorf("left out by the scope, the row says %+v", r)
		}
		must(t, h.isms.ChangeStatement(ctx, who, isms.BulkStatement{Codes: []string{"A.7.4"}, Include: true}, now.Add(5*time.Minute)))
		history, err := h.isms.StatementHistory(ctx, who, "A.7.4", now.Add(6*time.Minute))
		must(t, err)
		var words []string
		for _, a := range history {
			words = append(words, a.Words)
		}
		if want := []string{"Included.", "Left out: All remote.", "Included.", "Left out: No premises."}; !slices.Equal(words, want) {
			t.Errorf("the history says %q", words)
		}
		for _, tt := range []struct {
			name string
			c    isms.StatementChange
			code problem.Code
		}{
			{"a clause cannot be left out", isms.StatementChange{Code: "6.1.3", WhyOut: "No."}, problem.Invalid},
			{"a clause is not in the statement", said("6.1.3", needed), problem.Invalid},
			{"a theme is no row", said("A.5", needed), problem.NotFound},
			{"no such row", said("A.5.99", needed), problem.NotFound},
			{"without a reason nothing is left out", isms.StatementChange{Code: "A.7.4", WhyOut: " "}, problem.Invalid},
			{"no such own control", said("C-1", needed), problem.NotFound},
		} {
			before := h.leaves(t, who.Org())
			err := h.isms.SetStatement(ctx, who, []isms.StatementChange{said("A.5.1", needed), tt.c}, now.Add(time.Hour))
			if err == nil || problem.Of(err).Code != tt.code || h.leaves(t, who.Org()) != before {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		if r := h.row(t, who, "A.5.1", now.Add(2*time.Hour)); r.Line != "" {
			t.Error("half of a refused change was written")
		}
	})
}

func TestARowIsSaidAnewAndKeepsItsHistory(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Manager], t.Context()
		ann, err := h.people.Add(ctx, who, people.Person{Name: "Ann Example"}, now)
		must(t, err)
		none, wrong := "", "01990000-0000-7000-8000-000000000000"
		c := said("A.5.1", isms.StatementDecision{Reasons: []isms.Reason{{Kind: isms.BecauseOfPractice}, {Kind: isms.BecauseOfLaw, Text: "GDPR Art. 32"}}, Claim: isms.ClaimPlanned, On: cadence.On(2027, 1, 31), Owner: ann.ID, Note: "By policy."})
		c.Seen = &none
		before := h.leaves(t, who.Org())
		must(t, h.isms.SetStatement(ctx, who, []isms.StatementChange{c}, now))
		if got := h.kinds(t, who.Org(), before); !slices.Equal(got, []string{"statement.row"}) {
			t.Errorf("leaves %v", got)
		}
		r := h.row(t, who, "A.5.1", now.Add(time.Second))
		if r.OwnerName != "Ann Example" || r.Claim != isms.ClaimPlanned || len(r.Reasons) != 2 || r.Reasons[0].Kind != isms.BecauseOfLaw {
			t.Errorf("the row says %+v", r.StatementDecision)
		}
		if err := h.isms.SetStatement(ctx, who, []isms.StatementChange{c}, now.Add(time.Minute)); err == nil || problem.Of(err).Code != problem.Conflict {
			t.Errorf("written over what somebody else wrote: %v", err)
		}
		c.Seen, c.Claim = &r.Line, isms.ClaimDone
		must(t, h.isms.SetStatement(ctx, who, []isms.StatementChange{c}, now.Add(time.Hour)))
		before = h.leaves(t, who.Org())
		c.Seen = nil
		must(t, h.isms.SetStatement(ctx, who, []isms.StatementChange{c}, now.Add(2*time.Hour)))
		if h.leaves(t, who.Org()) != before {
			t.Error("the same once more was written")
		}
		history, err := h.isms.StatementHistory(ctx, who, "A.5.1", now.Add(3*time.Hour))
		if must(t, err); len(history) != 2 || history[0].Fields[0].Name != "Claimed" || history[0].Fields[0].From != "planned for 31 January 2027" || history[0].ByName == "" {
			t.Errorf("%+v", history)
		}
		for name, d := range map[string]isms.StatementDecision{
			"an owner nobody knows":     {Owner: wrong},
			"a risk nobody knows":       {Risks: []string{wrong}},
			"no id at all":              {Risks: []string{"R-001'; --"}},
			"a claim nobody knows":      {Claim: "perfect"},
			"a reason nobody knows":     {Reasons: []isms.Reason{{Kind: "because"}}},
			"a reason given twice":      {Reasons: []isms.Reason{{Kind: isms.BecauseOfLaw}, {Kind: isms.BecauseOfLaw}}},
			"a reason that is too long": {Reasons: []isms.Reason{{Kind: isms.BecauseOfLaw, Text: strings.Repeat("x", 2000)}}},
			"a day nobody means":        {Claim: isms.ClaimDone, On: cadence.On(1900, 1, 1)},
		} {
			if err := h.isms.SetStatement(ctx, who, []isms.StatementChange{said("A.5.2", d)}, now.Add(time.Hour)); err == nil || problem.Of(err).Code != problem.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestControlsOfOurOwnStandBesideAnnexA(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Manager], t.Context()
		k, err := h.controls.Create(ctx, who, control.Control{Code: "ML-1", Title: "Model review", Status: control.Operated}, now)
		must(t, err)
		code, err := h.isms.AddStatementRow(ctx, who, isms.StatementDecision{Title: "Review of model releases", Source: "ISO/IEC 42001", Controls: []string{k.ID}, Reasons: needed.Reasons}, now)
		must(t, err)
		second, err := h.isms.AddStatementRow(ctx, who, isms.StatementDecision{Title: "Second"}, now)
		if must(t, err); code != "C-1" || second != "C-2" {
			t.Errorf("codes %s and %s", code, second)
		}
		if r := h.row(t, who, code, now.Add(time.Second)); r.Status.State != isms.RowUnshown || !slices.Equal(r.Own, []string{"ML-1"}) || !r.Custom {
			t.Errorf("%+v", r)
		}
		if err := h.isms.SetStatement(ctx, who, []isms.StatementChange{{Code: code, WhyOut: "No."}}, now); err == nil {
			t.Error("an own control was left out")
		}
		must(t, h.isms.RetireStatementRow(ctx, who, code, "Annex A has it.", now.Add(time.Minute)))
		s, err := h.isms.Statement(ctx, who, now.Add(time.Hour))
		must(t, err)
		if _, there := s.Row(code); there || len(s.Rows) != 94 {
			t.Error("what was taken out is still there")
		}
		if third, err := h.isms.AddStatementRow(ctx, who, isms.StatementDecision{Title: "Third"}, now.Add(time.Hour)); err != nil || third != "C-3" {
			t.Errorf("a code was used again: %s, %v", third, err)
		}
		if err := h.isms.RetireStatementRow(ctx, who, code, "Again.", now.Add(time.Hour)); problem.Of(err).Code != problem.NotFound {
			t.Errorf("taken out twice: %v", err)
		}
		if s, err := h.isms.Statement(ctx, h.other, now.Add(time.Hour)); err != nil || len(s.Rows) != 93 {
			t.Errorf("the other organisation has other rows: %v", err)
		}
	})
}

func TestAnApprovedVersionNeverChanges(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, other, ctx := h.actors[access.Manager], h.actors[access.Administrator], t.Context()
		if _, err := h.isms.SendStatement(ctx, who, "", now); err == nil || problem.Of(err).Code != problem.Conflict || !strings.Contains(err.Error(), "186 remarks") {
			t.Errorf("an empty statement was sent: %v", err)
		}
		h.justify(t, who, now)
		before := h.leaves(t, who.Org())
		v, err := h.isms.SendStatement(ctx, who, "The first one.", now.Add(time.Minute))
		must(t, err)
		if v.State != isms.VersionSent || v.Number != 1 || len(v.Entries) != 93 {
			t.Fatalf("%s, number %d", v.State, v.Number)
		}
		if _, err := h.isms.SendStatement(ctx, who, "", now.Add(time.Minute)); problem.Of(err).Code != problem.Conflict {
			t.Errorf("sent while one waits: %v", err)
		}
		if _, err := h.isms.DecideStatement(ctx, who, v.ID, true, "", now.Add(time.Hour)); problem.Of(err).Code != problem.Forbidden {
			t.Errorf("its author approved it: %v", err)
		}
		if _, err := h.isms.DecideStatement(ctx, other, v.ID, false, "", now.Add(time.Hour)); problem.Of(err).Field != "reason" {
			t.Errorf("rejected without a reason: %v", err)
		}
		a, err := h.isms.DecideStatement(ctx, other, v.ID, false, "A.7.4 is wrong.", now.Add(time.Hour))
		if must(t, err); a.State != approval.Rejected {
			t.Errorf("%s", a.State)
		}
		must(t, h.isms.SetStatement(ctx, who, []isms.StatementChange{{Code: "A.7.4", WhyOut: "No premises."}}, now.Add(2*time.Hour)))
		v, err = h.isms.SendStatement(ctx, who, "A.7.4 left out.", now.Add(3*time.Hour))
		if must(t, err); v.Number != 1 || v.Round != 2 {
			t.Errorf("sent anew as %d, round %d", v.Number, v.Round)
		}
		_, err = h.isms.DecideStatement(ctx, other, v.ID, true, "Good.", now.Add(4*time.Hour))
		must(t, err)
		if got := h.kinds(t, who.Org(), before); !slices.Equal(slices.DeleteFunc(got, func(k string) bool { return !strings.HasPrefix(k, "statement.") && !strings.HasPrefix(k, "evidence.") }),
			[]string{"statement.sent", "statement.rejected", "statement.row", "statement.sent", "evidence.filed", "statement.approved"}) {
			t.Errorf("leaves %v", got)
		}
		kept, err := h.isms.StatementVersion(ctx, who, v.ID)
		if must(t, err); kept.State != isms.VersionApproved || kept.Evidence == "" || kept.Counts.Excluded != 1 {
			t.Fatalf("%+v", kept.Counts)
		}
		item, err := h.evidence.Find(ctx, who, kept.Evidence)
		if must(t, err); item.Kind != "soa" || len(item.Files) != 1 || item.Files[0].Media != "application/pdf" {
			t.Errorf("kept as %+v", item)
		}
		file, r, err := h.evidence.Open(ctx, who, kept.Evidence, 0)
		must(t, err)
		var stored bytes.Buffer
		_, err = stored.ReadFrom(r)
		must(t, err)
		must(t, r.Close())
		p, err := h.isms.StatementVersionPaper(ctx, who, v.ID)
		must(t, err)
		again, err := p.PDF()
		if must(t, err); !bytes.Equal(again, stored.Bytes()) {
			t.Errorf("%s differs from the document made anew: %d and %d bytes", file.Name, stored.Len(), len(again))
		}
		for _, change := range []string{`SET content = '[]'`, `SET state = 'sent'`, `SET evidence = ''`, `SET note = 'other'`} {
			err := h.d.Write(ctx, who.Org(), db.People, func(c2 context.Context, tx *db.Tx) error {
				_, err := tx.Exec(c2, `UPDATE statement_version `+change+` WHERE org = $1`, who.Org())
				return err
			})
			if err == nil {
				t.Errorf("%s was written into an approved version", change)
			}
		}
		must(t, h.isms.SetStatement(ctx, who, []isms.StatementChange{said("A.7.4", needed)}, now.Add(5*time.Hour)))
		next, err := h.isms.SendStatement(ctx, who, "", now.Add(6*time.Hour))
		if must(t, err); next.Number != 2 {
			t.Errorf("the next one has the number %d", next.Number)
		}
		diff := isms.DiffStatements(kept.Entries, next.Entries, func(string) string { return "" })
		if len(diff) != 1 || diff[0].Code != "A.7.4" || !diff[0].Decided() {
			t.Errorf("between the two versions: %+v", diff)
		}
		must(t, h.isms.WithdrawStatement(ctx, who, next.ID, now.Add(7*time.Hour)))
		if err := h.isms.WithdrawStatement(ctx, who, v.ID, now.Add(7*time.Hour)); problem.Of(err).Code != problem.Conflict {
			t.Errorf("an approved version was withdrawn: %v", err)
		}
		list, err := h.isms.StatementVersions(ctx, who)
		if must(t, err); len(list) != 3 || list[0].State != isms.VersionWithdrawn {
			t.Errorf("%d versions", len(list))
		}
		if _, err := h.isms.StatementVersion(ctx, h.other, v.ID); problem.Of(err).Code != problem.NotFound {
			t.Errorf("the other organisation sees it: %v", err)
		}
	})
}

func TestAStatementComesFromAFileWholeOrNotAtAll(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Manager], t.Context()
		_, err := h.people.Add(ctx, who, people.Person{Name: "Ann Example", Email: "ann@one.test"}, now)
		must(t, err)
		read := func(text string) *register.Sheet {
			t.Helper()
			sh, err := register.Read("soa.csv", []byte(text), isms.StatementColumns())
			must(t, err)
			return sh
		}
		bad := "Control,Applicable,Justification,Status,Owner,Since\n" +
			"A.5.1,yes,,Implemented,nobody@one.test,2026-01-01\n" +
			"A.9.2.1,yes,,Implemented,,\n" +
			"6.1.3,no,Not for us,,,\n" +
			"5.2,maybe,,Implemented,,\n" +
			"A.5.3,no,,,,\n" +
			"A.5.4,yes,,perfect,,\n" +
			"A.5.5,yes,,Implemented,,31.12.2026\n" +
			"A.5.6,yes,,Implemented,,\n" +
			"5.6,yes,,Implemented,,\n" +
			"Z-1,yes,,Implemented,,\n"
		before := h.leaves(t, who.Org())
		plan, err := h.isms.PlanStatement(ctx, who, read(bad), now)
		must(t, err)
		var rows []int
		for _, f := range plan.Faults {
			rows = append(rows, f.Row)
			if f.Field == "" || f.Text == "" || f.File != "soa.csv" {
				t.Errorf("a fault without file, field or text: %+v", f)
			}
		}
		if want := []int{2, 3, 4, 5, 6, 7, 8, 10, 11}; !slices.Equal(rows, want) {
			t.Errorf("faults in rows %v, want %v: %v", rows, want, plan.Faults)
		}
		if _, err := h.isms.ImportStatement(ctx, who, read(bad), now); problem.Of(err).Field != "file" || h.leaves(t, who.Org()) != before {
			t.Errorf("a file with faults: %v", err)
		}
		good := "Ref,Title,Applicable,Justification,Status,Owner,Since\n" +
			"A.5.1,Policies,Yes,Customers ask,Implemented,ann@one.test,2026-01-01\n" +
			"8.5,Secure authentication,Applicable,,Partially implemented,Ann Example,\n" +
			"A.7.4,,N/A,No premises,,,\n" +
			"new,Model review,yes,ISO 42001,Planned,,2027-01-01\n"
		plan, err = h.isms.ImportStatement(ctx, who, read(good), now)
		must(t, err)
		if len(plan.New) != 1 || len(plan.Changed) != 3 || plan.Same != 0 {
			t.Errorf("%+v", plan)
		}
		after := now.Add(time.Minute)
		if r := h.row(t, who, "A.5.1", after); r.OwnerName != "Ann Example" || r.Reasons[0].Text != "Customers ask" || r.Claim != isms.ClaimDone || r.On != cadence.On(2026, 1, 1) {
			t.Errorf("%+v", r.StatementDecision)
		}
		if r := h.row(t, who, "A.7.4", after); r.Included || r.WhyOut != "No premises" {
			t.Errorf("%+v", r)
		}
		if r := h.row(t, who, "C-1", after); r.Title != "Model review" || r.Claim != isms.ClaimPlanned {
			t.Errorf("%+v", r.StatementDecision)
		}
		// a risk of the register bears on A.8.5, another that a row names is closed, and what is left out was claimed once
		risks, err := h.risks.Adopt(ctx, who, []string{"RS-001", "RS-005"}, now)
		must(t, err)
		named := h.row(t, who, "A.5.1", after).StatementDecision
		named.Risks = []string{risks[1].ID}
		must(t, h.isms.SetStatement(ctx, who, []isms.StatementChange{{Code: "A.5.1", Included: true, StatementDecision: named}}, after))
		must(t, h.risks.Close(ctx, h.actors[access.Administrator], risks[1].ID, "The service was ended.", after))
		must(t, h.isms.SetStatement(ctx, who, []isms.StatementChange{{Code: "A.7.5", Included: true, StatementDecision: isms.StatementDecision{Claim: isms.ClaimDone, On: cadence.On(2026, 1, 1)}}}, after))
		must(t, h.isms.SetStatement(ctx, who, []isms.StatementChange{{Code: "A.7.5", WhyOut: "No premises", StatementDecision: isms.StatementDecision{Claim: isms.ClaimDone, On: cadence.On(2026, 1, 1)}}}, after.Add(time.Second)))
		after = after.Add(time.Minute)
		if n := h.row(t, who, "A.8.5", after).Names; len(n) != 1 || n[0].Code != "R-001" {
			t.Fatalf("risks that name A.8.5: %+v", n)
		}
		p, err := h.isms.StatementPaper(ctx, who, after)
		must(t, err)
		for _, format := range []string{"csv", "xlsx"} { // what is written comes back and changes nothing
			var b bytes.Buffer
			if err := map[string]func() error{"csv": func() error { return p.WriteCSV(&b) }, "xlsx": func() error { return p.WriteXLSX(&b) }}[format](); err != nil {
				t.Fatal(err)
			}
			sh, err := register.Read("soa."+format, b.Bytes(), isms.StatementColumns())
			must(t, err)
			plan, err := h.isms.PlanStatement(ctx, who, sh, after)
			if must(t, err); len(plan.Faults)+len(plan.New)+len(plan.Changed)+len(plan.Notes) != 0 || plan.Same != 94 {
				t.Errorf("%s comes back as %+v", format, plan)
			}
		}
	})
}

func TestFiveThousandOwnControlsComeAsOneFileAndOneLeaf(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Manager], t.Context()
		var b strings.Builder
		b.WriteString("Control,Name,Business need,Claimed\n")
		for i := range register.MaxRows {
			fmt.Fprintf(&b, "new,Control number %d,We need it,implemented\n", i)
		}
		sh, err := register.Read("own.csv", []byte(b.String()), isms.StatementColumns())
		must(t, err)
		before := h.leaves(t, who.Org())
		_, err = h.isms.ImportStatement(ctx, who, sh, now)
		must(t, err)
		if got := h.kinds(t, who.Org(), before); !slices.Equal(got, []string{"statement.rows"}) {
			t.Errorf("leaves %v", got)
		}
		s, err := h.isms.Statement(ctx, who, now.Add(time.Minute))
		if must(t, err); len(s.Rows) != 5093 {
			t.Errorf("%d rows", len(s.Rows))
		}
		if _, err := h.isms.AddStatementRow(ctx, who, isms.StatementDecision{Title: "One more"}, now.Add(time.Hour)); problem.Of(err).Code != problem.Invalid {
			t.Errorf("one more than there may be: %v", err)
		}
	})
}
