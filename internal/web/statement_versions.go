package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/problem"
)

// statementVersionsPage lists what was sent for approval.
type statementVersionsPage struct {
	frame
	Rows    []statementVersionRow
	Stops   []isms.LintGroup // what stops the draft
	Changes int              // rows that differ from the version approved last
	Latest  bool             // one was approved
	Waits   bool
	CanSend bool
	Note    string
	Problem *problem.Error
}

type statementVersionRow struct {
	isms.StatementVersion
	To, Mark, State, Sent, Ended string
}

// getStatementVersions shows it: GET /o/{org}/isms/statement/versions.
func (s *Server) getStatementVersions(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showStatementVersions(w, r, who, http.StatusOK, "", nil)
}

func (s *Server) showStatementVersions(w http.ResponseWriter, r *http.Request, who visitor, status int, note string, wrong *problem.Error) error {
	live, err := s.ISMS.Statement(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	list, err := s.ISMS.StatementVersions(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := statementVersionsPage{CanSend: who.Can(access.ManageISMS), Note: note, Problem: wrong}
	for _, g := range live.LintGroups() {
		if g.Severity == isms.LintStop {
			p.Stops = append(p.Stops, g)
		}
	}
	for _, v := range list {
		row := statementVersionRow{StatementVersion: v, To: statementPath(who.Slug(), "versions", v.ID), Sent: momentWords(v.SentAt, live.Zone), Ended: momentWords(v.EndedAt, live.Zone)}
		row.Mark, row.State = versionMark(v.State)
		p.Rows = append(p.Rows, row)
		p.Waits = p.Waits || v.State == isms.VersionSent
		if v.State == isms.VersionApproved && !p.Latest {
			p.Latest = true
			whole, err := s.ISMS.StatementVersion(r.Context(), who.Actor, v.ID)
			if err != nil {
				return err
			}
			for _, c := range isms.DiffStatements(whole.Entries, live.Entries(), func(id string) string { return id }) {
				if c.Decided() {
					p.Changes++
				}
			}
		}
	}
	p.frame = s.frame(w, r, who, "soa", "Versions", crumb{"Statement of applicability", statementPath(who.Slug())})
	p.frame.Tabs = statementTabs(who.Slug(), "versions")
	return s.render(w, r, status, showStatementVersions(p))
}

func (p statementVersionsPage) changesWords() string {
	switch {
	case !p.Latest:
		return "No version was approved yet: this will be the first."
	case p.Changes == 0:
		return "Nobody decided anything since the version approved last."
	}
	return plural(p.Changes, "row was", "rows were") + " decided anew since the version approved last."
}

// postStatementSend asks for approval: POST /o/{org}/isms/statement/versions.
func (s *Server) postStatementSend(w http.ResponseWriter, r *http.Request, who visitor) error {
	note := strings.TrimSpace(r.FormValue("note"))
	v, err := s.ISMS.SendStatement(r.Context(), who.Actor, note, s.Now())
	if err == nil {
		said := v.Words() + " waits for approval."
		if v.State == isms.VersionApproved {
			said = v.Words() + " is approved: nobody else had to agree."
		}
		return back(w, r, statementPath(who.Slug(), "versions", v.ID), said)
	}
	p := problem.Of(err)
	if p.Code == problem.Internal || p.Code == problem.Forbidden {
		return err
	}
	return s.showStatementVersions(w, r, who, statusOf(p.Code), note, p)
}

// statementVersionPage is one version, and how it differs from another.
type statementVersionPage struct {
	frame
	Version       isms.StatementVersion
	Mark, State   string
	Sent, Ended   string
	Signatures    []isms.StatementSignature
	Said          []string // when each was said
	Stands        string   // of its approval
	May, CanTake  bool
	WhyNot        string
	Against       string // id of a version, "live", or empty: nothing to compare with
	Choices       []option
	AgainstWords  string
	Diff          []isms.RowChange
	Decided       int
	Reason        string
	Problem       *problem.Error
	Included, Out int
}

// getStatementVersion shows it: GET /o/{org}/isms/statement/versions/{version}?against=.
func (s *Server) getStatementVersion(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showStatementVersion(w, r, who, http.StatusOK, "", nil)
}

func (s *Server) showStatementVersion(w http.ResponseWriter, r *http.Request, who visitor, status int, reason string, wrong *problem.Error) error {
	paper, err := s.ISMS.StatementVersionPaper(r.Context(), who.Actor, r.PathValue("version"))
	if err != nil {
		return err
	}
	v := *paper.Version
	p := statementVersionPage{Version: v, Sent: momentWords(v.SentAt, paper.Zone), Ended: momentWords(v.EndedAt, paper.Zone), Signatures: paper.Signatures, Reason: reason, Problem: wrong,
		Included: v.Counts.Included, Out: v.Counts.Excluded}
	p.Mark, p.State = versionMark(v.State)
	for _, x := range paper.Signatures {
		p.Said = append(p.Said, momentWords(x.At, paper.Zone))
	}
	if err := p.approval(r, s, who); err != nil {
		return err
	}
	if err := p.compare(r, s, who, paper); err != nil {
		return err
	}
	p.frame = s.frame(w, r, who, "soa", v.Words(), crumb{"Statement of applicability", statementPath(who.Slug())}, crumb{"Versions", statementPath(who.Slug(), "versions")})
	return s.render(w, r, status, showStatementVersion(p))
}

// approval says how the approval stands, and whether the reader's word is asked for.
func (p *statementVersionPage) approval(r *http.Request, s *Server, who visitor) error {
	if p.Version.State != isms.VersionSent {
		return nil
	}
	list, err := s.Approvals.Of(r.Context(), who.Actor, approval.StatementVersion, p.Version.ID)
	if err != nil {
		return err
	}
	p.CanTake = who.Can(access.ManageISMS)
	for _, a := range list {
		if a.State != approval.Open {
			continue
		}
		p.Stands = a.Standing.Why
		p.May = slices.ContainsFunc(a.Standing.May, func(m approval.Member) bool { return m.Account == who.Actor.Account() })
		if !p.May && a.Author == who.Actor.Account() {
			p.WhyNot = "Nobody approves what they sent themselves."
		}
	}
	return nil
}

const againstLive = "live"

// compare lays the version beside another: the one asked for, else the one approved
// before it, else how things stand today.
func (p *statementVersionPage) compare(r *http.Request, s *Server, who visitor, paper isms.StatementPaper) error {
	list, err := s.ISMS.StatementVersions(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p.Choices = []option{{againstLive, "How it stands today"}}
	before := ""
	for _, x := range list {
		if x.ID == p.Version.ID {
			continue
		}
		_, words := versionMark(x.State)
		p.Choices = append(p.Choices, option{x.ID, "Version " + strconv.Itoa(x.Number) + ", " + words + ", sent " + dayWords(dateIn(x.SentAt, paper.Zone))})
		if before == "" && x.State == isms.VersionApproved && x.SentAt.Before(p.Version.SentAt) {
			before = x.ID
		}
	}
	if p.Against = r.FormValue("against"); p.Against == "" {
		if p.Against = before; before == "" {
			p.Against = againstLive
		}
	}
	name := func(id string) string { return paper.Names[id] }
	if p.Against == againstLive {
		live, err := s.ISMS.Statement(r.Context(), who.Actor, s.Now())
		if err != nil {
			return err
		}
		p.AgainstWords = "From this version to how it stands today"
		p.Diff = isms.DiffStatements(p.Version.Entries, live.Entries(), name)
	} else {
		other, err := s.ISMS.StatementVersion(r.Context(), who.Actor, p.Against)
		if err != nil {
			return err
		}
		from, to := other, p.Version
		if other.SentAt.After(p.Version.SentAt) {
			from, to = to, from
		}
		p.AgainstWords = "From version " + strconv.Itoa(from.Number) + " to version " + strconv.Itoa(to.Number)
		p.Diff = isms.DiffStatements(from.Entries, to.Entries, name)
	}
	for _, c := range p.Diff {
		if c.Decided() {
			p.Decided++
		}
	}
	slices.SortStableFunc(p.Diff, func(a, b isms.RowChange) int { return decidedFirst(a) - decidedFirst(b) })
	return nil
}

func decidedFirst(c isms.RowChange) int {
	if c.Decided() {
		return 0
	}
	return 1
}

// postStatementDecide records a yes or a no: POST /o/{org}/isms/statement/versions/{version}/decide.
func (s *Server) postStatementDecide(w http.ResponseWriter, r *http.Request, who visitor) error {
	yes, reason := r.FormValue("word") == "yes", strings.TrimSpace(r.FormValue("reason"))
	a, err := s.ISMS.DecideStatement(r.Context(), who.Actor, r.PathValue("version"), yes, reason, s.Now())
	if err != nil {
		p := problem.Of(err)
		if p.Field != "reason" && p.Code != problem.Conflict {
			return err
		}
		return s.showStatementVersion(w, r, who, statusOf(p.Code), reason, p)
	}
	said := "Your word is recorded. It is settled when everybody has agreed who must."
	switch a.State {
	case approval.Approved:
		said = "Approved, and kept as evidence."
	case approval.Rejected:
		said = "Not approved. Change the rows, then send the statement again."
	}
	return back(w, r, statementPath(who.Slug(), "versions", r.PathValue("version")), said)
}

// postStatementWithdraw takes it back: POST /o/{org}/isms/statement/versions/{version}/withdraw.
func (s *Server) postStatementWithdraw(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.ISMS.WithdrawStatement(r.Context(), who.Actor, r.PathValue("version"), s.Now()); err != nil {
		return err
	}
	return back(w, r, statementPath(who.Slug(), "versions"), "It does not wait for approval any more.")
}
