package api

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Statement is the statement of applicability in figures. Design and operation are
// not added up anywhere.
type Statement struct {
	Framework string         `json:"framework" example:"iso27001-2022"`
	At        time.Time      `json:"at" doc:"When it was worked out; it holds until something it rests on changes."`
	Through   string         `json:"through,omitempty" doc:"Short name of the framework coverage is read through; absent: by the organisation's own controls."`
	Rows      int            `json:"rows"`
	Custom    int            `json:"custom" doc:"Rows of the organisation's own."`
	Included  int            `json:"included"`
	Excluded  int            `json:"excluded"`
	Claims    map[string]int `json:"claims" doc:"Of the included rows; none: nobody said anything."`
	Differ    int            `json:"differ" doc:"Included rows whose claim is not what is derived."`
	Remarks   map[string]int `json:"remarks" doc:"By severity: stop, warn, hint. While there is a stop it cannot be sent."`
}

// StatementRow is one row: what people say beside what is derived.
type StatementRow struct {
	Code      string            `json:"code" example:"A.5.15"`
	Title     string            `json:"title"`
	Theme     string            `json:"theme,omitempty"`
	Custom    bool              `json:"custom" doc:"Of the organisation's own."`
	Said      string            `json:"said,omitempty" doc:"Id of what was said last; absent when nobody said anything."`
	SaidAt    time.Time         `json:"said_at,omitzero"`
	State     string            `json:"state" enum:"shown,unshown,failing,partly,waiting,absent,excluded" doc:"Derived from design and operation."`
	Design    string            `json:"design" doc:"Why, as far as it is designed."`
	Operation string            `json:"operation,omitempty" doc:"Why, as far as it operates."`
	Agreement string            `json:"agreement,omitempty" enum:"agrees,ahead,behind" doc:"The claim against what is derived; absent without a claim."`
	RestsOn   []string          `json:"rests_on" doc:"Codes of the controls it rests on."`
	Waiting   []string          `json:"waiting" doc:"Codes of those meant for it that are planned or on paper."`
	Evidence  int               `json:"evidence" doc:"Items that may be relied on now."`
	Policies  []string          `json:"policies" doc:"Titles."`
	RiskCodes []string          `json:"risk_codes" doc:"Of risks it names or that name it."`
	Remarks   []StatementRemark `json:"remarks"`
	StatementText
}

// StatementText is what can be said of a row.
type StatementText struct {
	Included bool              `json:"included"`
	WhyOut   string            `json:"why_out,omitempty" maxLength:"2000" doc:"Needed where it is left out."`
	Title    string            `json:"own_title,omitempty" maxLength:"2000" doc:"Only of an own row: what it is."`
	Source   string            `json:"own_source,omitempty" maxLength:"2000" doc:"Only of an own row: where it comes from."`
	Controls []string          `json:"own_controls,omitempty" maxItems:"200" doc:"Only of an own row: ids of the controls that carry it out."`
	Reasons  []StatementReason `json:"reasons,omitempty" maxItems:"5" doc:"Why it is included; each kind once."`
	Risks    []string          `json:"risks,omitempty" maxItems:"500" doc:"Ids of risks it is said to treat."`
	Claim    string            `json:"claim,omitempty" enum:"implemented,partly,planned,not_implemented"`
	On       string            `json:"on,omitempty" maxLength:"10" doc:"Since when, or for when it is planned." example:"2026-06-30"`
	Owner    string            `json:"owner,omitempty" maxLength:"100" doc:"Id of a person."`
	Note     string            `json:"note,omitempty" maxLength:"8000"`
}

// StatementReason is one reason to include a row.
type StatementReason struct {
	Kind string `json:"kind" enum:"risk,legal,contractual,business,best_practice"`
	Text string `json:"text,omitempty" maxLength:"2000" doc:"Which law, which contract."`
}

// StatementRemark is something that is wrong with the statement.
type StatementRemark struct {
	Kind     string `json:"kind" example:"claimed-more-than-shown"`
	Severity string `json:"severity" enum:"stop,warn,hint"`
	Row      string `json:"row,omitempty"`
	Risk     string `json:"risk,omitempty" doc:"Code of the risk it is about."`
	Text     string `json:"text"`
	Cure     string `json:"cure"`
}

func remarkOf(l isms.StatementLint) StatementRemark {
	return StatementRemark{string(l.Kind), string(l.Severity), l.Code, l.Risk, l.Text, l.Cure}
}

func statementCounts(c isms.StatementCounts) map[string]int {
	out := map[string]int{}
	for k, n := range c.Claims {
		if k == isms.ClaimNone {
			k = "none"
		}
		out[string(k)] = n
	}
	return out
}

func getStatement(s *Server, ctx context.Context, who access.Actor, _ *InOrg) (*oneOut[Statement], error) {
	st, err := s.ISMS.Statement(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	c := st.Counts()
	out := Statement{Framework: isms.StatementFramework, At: st.At, Through: st.Through, Rows: c.Rows, Custom: c.Custom, Included: c.Included, Excluded: c.Excluded,
		Claims: statementCounts(c), Differ: c.Differ, Remarks: map[string]int{}}
	for _, l := range st.Lints {
		out.Remarks[string(l.Severity)]++
	}
	return single(out, nil)
}

func statementRowOf(r isms.StatementRow) StatementRow {
	e := r.Entry()
	out := StatementRow{Code: r.Code, Title: r.Title, Theme: r.Theme.Label, Custom: r.Custom, Said: r.Line, SaidAt: r.At, State: string(r.Status.State), Design: r.Status.Design,
		Operation: r.Status.Operation, Agreement: string(r.Agreement), RestsOn: nonNil(e.Controls), Waiting: nonNil(e.Waiting), Evidence: e.Evidence, Policies: nonNil(e.Policies),
		RiskCodes: nonNil(e.Risks), Remarks: each(r.Lints, remarkOf),
		StatementText: StatementText{Included: r.Included, WhyOut: r.WhyOut, Source: r.Source, Controls: r.Controls, Risks: r.Risks, Claim: string(r.Claim), On: r.On.String(), Owner: r.Owner, Note: r.Note,
			Reasons: each(r.Reasons, func(x isms.Reason) StatementReason { return StatementReason{string(x.Kind), x.Text} })}}
	if r.Custom {
		out.StatementText.Title = r.StatementDecision.Title
	}
	return out
}

// decision is what a row says, as the statement keeps it.
func (t StatementText) decision() (isms.StatementDecision, error) {
	on, err := dayOf("on", t.On)
	return isms.StatementDecision{Title: t.Title, Source: t.Source, Controls: t.Controls, Risks: t.Risks, Claim: isms.Claim(t.Claim), On: on, Owner: t.Owner, Note: t.Note,
		Reasons: reasonsFrom(t.Reasons)}, err
}

func reasonsFrom(list []StatementReason) []isms.Reason {
	return each(list, func(x StatementReason) isms.Reason { return isms.Reason{Kind: isms.ReasonKind(x.Kind), Text: x.Text} })
}

func listStatementRows(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	Included  string `query:"included" enum:"true,false"`
	State     string `query:"state" enum:"shown,unshown,failing,partly,waiting,absent,excluded"`
	Claim     string `query:"claim" enum:"implemented,partly,planned,not_implemented,none"`
	Agreement string `query:"agreement" enum:"agrees,ahead,behind"`
	Remark    string `query:"remark" maxLength:"60" doc:"Only rows with a remark of this kind."`
}) (*listOut[StatementRow], error) {
	st, err := s.ISMS.Statement(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	var list []isms.StatementRow
	for _, r := range st.Rows {
		claim := string(r.Claim)
		if claim == "" {
			claim = "none"
		}
		switch {
		case in.Included == "true" && !r.Included, in.Included == "false" && r.Included, in.State != "" && string(r.Status.State) != in.State,
			in.Claim != "" && claim != in.Claim, in.Agreement != "" && string(r.Agreement) != in.Agreement,
			in.Remark != "" && !slices.ContainsFunc(r.Lints, func(l isms.StatementLint) bool { return string(l.Kind) == in.Remark }):
			continue
		}
		list = append(list, r)
	}
	which := "statement rows " + in.Included + " " + in.State + " " + in.Claim + " " + in.Agreement + " " + in.Remark
	return asListed(in.InPage, list, which, func(r isms.StatementRow) string { return r.Code }, statementRowOf)
}

// InRow names a row of the statement.
type InRow struct {
	InOrg
	Row string `path:"row" maxLength:"60" example:"A.5.15"`
}

func (s *Server) statementRow(ctx context.Context, who access.Actor, code string) (StatementRow, error) {
	st, err := s.ISMS.Statement(ctx, who, s.Now())
	if err != nil {
		return StatementRow{}, err
	}
	r, ok := st.Row(code)
	if !ok {
		return StatementRow{}, problem.New(problem.NotFound, "The statement has no row %q. Choose one of its rows.", code)
	}
	return statementRowOf(r), nil
}

func getStatementRow(s *Server, ctx context.Context, who access.Actor, in *InRow) (*oneOut[StatementRow], error) {
	return single(s.statementRow(ctx, who, in.Row))
}

// StatementAct is something that became of a row.
type StatementAct struct {
	At     time.Time        `json:"at"`
	ByName string           `json:"by_name,omitempty"`
	Words  string           `json:"words,omitempty" doc:"What was done, where it is not a change of fields."`
	Fields []StatementField `json:"fields"`
}

// StatementField is one field that changed.
type StatementField struct {
	Name string `json:"name"`
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

func listStatementHistory(s *Server, ctx context.Context, who access.Actor, in *struct {
	InRow
	InPage
}) (*listOut[StatementAct], error) {
	acts, err := s.ISMS.StatementHistory(ctx, who, in.Row, s.Now())
	if err != nil {
		return nil, err
	}
	key := func(a isms.StatementAct) string { return a.At.Format(time.RFC3339Nano) + a.Words }
	return asListed(in.InPage, acts, "statement history "+in.Row, key, func(a isms.StatementAct) StatementAct {
		return StatementAct{a.At, a.ByName, a.Words, each(a.Fields, func(f isms.StatementField) StatementField { return StatementField{f.Name, f.From, f.To} })}
	})
}

func listStatementRemarks(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	Severity string `query:"severity" enum:"stop,warn,hint"`
}) (*listOut[StatementRemark], error) {
	st, err := s.ISMS.Statement(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	list := slices.DeleteFunc(slices.Clone(st.Lints), func(l isms.StatementLint) bool { return in.Severity != "" && string(l.Severity) != in.Severity })
	return asListed(in.InPage, list, "statement remarks "+in.Severity, func(l isms.StatementLint) string { return string(l.Kind) + l.Code + " " + l.Risk + l.Text }, remarkOf)
}

// StatementVersion is the statement as it was sent for approval.
type StatementVersion struct {
	ID       string         `json:"id"`
	Number   int            `json:"number"`
	Round    int            `json:"round" doc:"How often that number was sent."`
	State    string         `json:"state" enum:"sent,approved,rejected,withdrawn"`
	Note     string         `json:"note,omitempty" doc:"What changed, in a sentence."`
	Digest   string         `json:"digest" doc:"SHA-256 of its rows."`
	Rows     int            `json:"rows"`
	Included int            `json:"included"`
	Claims   map[string]int `json:"claims"`
	SentAt   time.Time      `json:"sent_at"`
	SentBy   string         `json:"sent_by"`
	EndedAt  *time.Time     `json:"ended_at,omitempty"`
	Evidence string         `json:"evidence,omitempty" doc:"Id of the item an approved version is kept as."`
}

func statementVersionOf(v isms.StatementVersion) StatementVersion {
	return StatementVersion{v.ID, v.Number, v.Round, string(v.State), v.Note, v.Digest, v.Counts.Rows, v.Counts.Included, statementCounts(v.Counts), v.SentAt, v.SentName, maybe(v.EndedAt), v.Evidence}
}

func listStatementVersions(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
}) (*listOut[StatementVersion], error) {
	all, err := s.ISMS.StatementVersions(ctx, who)
	if err != nil {
		return nil, err
	}
	return asListed(in.InPage, all, "statement versions", func(v isms.StatementVersion) string { return v.ID }, statementVersionOf)
}

// InStatementVersion names a version of the statement.
type InStatementVersion struct {
	InOrg
	Version string `path:"version" maxLength:"100" doc:"Id of the version."`
}

// StatementFrozen is a version with the rows it was sent with.
type StatementFrozen struct {
	StatementVersion
	Entries []FrozenRow `json:"entries" doc:"As they were on the day; they never change."`
}

// FrozenRow is one row as a version keeps it.
type FrozenRow struct {
	Code      string            `json:"code" example:"A.5.15"`
	Title     string            `json:"title"`
	Theme     string            `json:"theme,omitempty"`
	Custom    bool              `json:"custom" doc:"Of the organisation's own."`
	Source    string            `json:"own_source,omitempty" doc:"Of an own row: where it comes from."`
	Included  bool              `json:"included"`
	WhyOut    string            `json:"why_out,omitempty"`
	Reasons   []StatementReason `json:"reasons"`
	RiskCodes []string          `json:"risk_codes" doc:"Of risks it named or that named it."`
	Claim     string            `json:"claim,omitempty" enum:"implemented,partly,planned,not_implemented"`
	On        string            `json:"on,omitempty" doc:"Since when, or for when it was planned." example:"2026-06-30"`
	Owner     string            `json:"owner,omitempty" doc:"Id of a person."`
	Note      string            `json:"note,omitempty"`
	RestsOn   []string          `json:"rests_on" doc:"Codes of the controls it rested on."`
	Waiting   []string          `json:"waiting" doc:"Codes of those meant for it that were planned or on paper."`
	Policies  []string          `json:"policies" doc:"Titles."`
	State     string            `json:"state" enum:"shown,unshown,failing,partly,waiting,absent,excluded" doc:"Derived from design and operation."`
	Design    string            `json:"design" doc:"Why, as far as it was designed."`
	Operation string            `json:"operation,omitempty" doc:"Why, as far as it operated."`
	Coverage  string            `json:"coverage" example:"full" doc:"By which it was covered in design."`
	Operated  string            `json:"operated" example:"effective" doc:"How the controls behind it operated."`
	Evidence  int               `json:"evidence" doc:"Items that could be relied on."`
	Newest    time.Time         `json:"newest,omitzero" doc:"When the newest of them was captured."`
}

func frozenRowOf(e isms.StatementEntry) FrozenRow {
	return FrozenRow{e.Code, e.Title, e.Theme, e.Custom, e.Source, e.Included, e.WhyOut, each(e.Reasons, func(x isms.Reason) StatementReason { return StatementReason{string(x.Kind), x.Text} }),
		nonNil(e.Risks), string(e.Claim), e.On.String(), e.Owner, e.Note, nonNil(e.Controls), nonNil(e.Waiting), nonNil(e.Policies), string(e.State), e.Design, e.Operation,
		string(e.Coverage), string(e.Operated), e.Evidence, e.NewestAt()}
}

func getStatementVersion(s *Server, ctx context.Context, who access.Actor, in *InStatementVersion) (*oneOut[StatementFrozen], error) {
	v, err := s.ISMS.StatementVersion(ctx, who, in.Version)
	return single(StatementFrozen{statementVersionOf(v), each(v.Entries, frozenRowOf)}, err)
}

// fileOut is a file that is handed out whole.
type fileOut struct {
	ContentType        string `header:"Content-Type"`
	ContentDisposition string `header:"Content-Disposition"`
	Body               []byte
}

func attached(kind, name string, data []byte) *fileOut {
	return &fileOut{kind, `attachment; filename="` + name + `"`, data}
}

func exportStatement(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	Format  string `query:"format" enum:"csv,xlsx,oscal,pdf" default:"csv"`
	Version string `query:"version" maxLength:"100" doc:"Id of a version; left out: as it stands now."`
}) (*fileOut, error) {
	read := func() (isms.StatementPaper, error) { return s.ISMS.StatementPaper(ctx, who, s.Now()) }
	if in.Version != "" {
		read = func() (isms.StatementPaper, error) { return s.ISMS.StatementVersionPaper(ctx, who, in.Version) }
	}
	p, err := read()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	name := who.Slug() + "-" + p.File()
	switch in.Format {
	case "xlsx":
		err = p.WriteXLSX(&b)
		return attached(xlsxType, name+".xlsx", b.Bytes()), err
	case "oscal":
		err = p.WriteOSCAL(&b)
		return attached("application/json", name+".oscal.json", b.Bytes()), err
	case "pdf":
		data, err := p.PDF()
		return attached("application/pdf", name+".pdf", data), err
	}
	err = p.WriteCSV(&b)
	return attached("text/csv; charset=utf-8", name+".csv", b.Bytes()), err
}
