package web

import (
	"bytes"
	"net/http"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
)

// policyStands are the choices of the filter of people, in their order.
var policyStands = []struct {
	key, words string
	state      people.State
}{
	{"", "All", ""},
	{"overdue", "Overdue", people.Missing},
	{"open", "Still has time", people.Due},
	{"done", "Acknowledged", people.Done},
	{"paused", "On leave", people.Paused},
	{"excluded", "Excluded", people.Excluded},
}

// getPolicyPeople shows who has acknowledged a policy and who has not:
// GET /o/{org}/policy/{policy}/people?show=&text=&page=.
func (s *Server) getPolicyPeople(w http.ResponseWriter, r *http.Request, who visitor) error {
	o, _, err := s.openPolicy(r, who)
	if err != nil {
		return err
	}
	groups, err := s.policyGroups(r.Context(), who)
	if err != nil {
		return err
	}
	days, err := s.Policies.Days(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := policyPeoplePage{policyHead: s.policyHead(w, r, who, o, "people", "People"), Line: o.acked(), Show: r.FormValue("show"), Text: strings.TrimSpace(r.FormValue("text"))}
	p.Asks = p.Line.Asks
	if !p.Asks {
		p.Nothing = "Nothing of it is in force yet. When it is published, everybody it binds is asked."
		if !o.Acknowledge {
			p.Nothing = "Its settings say that nobody has to acknowledge it."
		}
		return s.render(w, r, http.StatusOK, policyPeople(p))
	}
	progress, err := s.Policies.Progress(r.Context(), who.Actor, o.ID, s.Now())
	if err != nil {
		return err
	}
	p.Line.Done, p.Line.Of = progress.Done, policyAsked(progress.Count)
	p.Why = "It binds: " + groups.words(o.Audience) + ". People have " + plural(days, "day", "days") + " from the day they are asked. Whoever is on leave is asked when they are back."
	path := p.path("policy", o.Slug, "people")
	var chosen []policy.Row
	counts := make([]int, len(policyStands))
	for _, row := range progress.Rows {
		if p.Text != "" && !matches(p.Text, row.Person.Name, row.Person.Email, row.Person.Title) {
			continue
		}
		for i, st := range policyStands {
			if st.state == "" || st.state == row.State {
				counts[i]++
				if st.key == p.Show {
					chosen = append(chosen, row)
				}
			}
		}
	}
	for i, st := range policyStands {
		if i < 4 || counts[i] > 0 || p.Show == st.key {
			p.Pills = append(p.Pills, pill{Text: st.words, To: query(path, "show", st.key, "text", p.Text), N: counts[i], On: st.key == p.Show})
		}
	}
	part, pages := paged(chosen, r.FormValue("page"), perPage, func(page string) string { return query(path, "show", p.Show, "text", p.Text, "page", page) })
	p.Pager = pages
	today := cadence.DateOf(s.Now(), o.zone)
	for _, row := range part {
		p.Rows = append(p.Rows, policyAckRowOf(p.frame, row, today, o.zone))
	}
	if who.Can(access.ExportReports) {
		p.Export = p.path("policy", o.Slug, "people", "export")
	}
	return s.render(w, r, http.StatusOK, policyPeople(p))
}

// policyAckRowOf is a person of the audience as the table shows them.
func policyAckRowOf(f frame, row policy.Row, today cadence.Date, zone *time.Location) policyAckRow {
	out := policyAckRow{Name: row.Person.Name, To: f.path("people", row.Person.ID), Version: row.Version, On: momentWords(row.At, zone), Since: dayWords(row.Since), Due: dayWords(row.Due)}
	out.Mark, out.State = policyStandWords(row.State)
	switch {
	case row.State == people.Missing:
		out.Why = plural(int(today-row.Due), "day", "days") + " late"
	case row.State == people.Excluded:
		out.Why = row.Reason
	}
	if !row.Reaches && (row.State == people.Missing || row.State == people.Due) {
		out.Why = strings.TrimPrefix(out.Why+"; has no account here, so nobody sees the task", "; ")
	}
	return out
}

// policyStandWords is the mark and the words of how somebody stands with a policy.
func policyStandWords(st people.State) (mark, words string) {
	switch st {
	case people.Done:
		return "good", "acknowledged"
	case people.Missing:
		return "bad", "overdue"
	case people.Due:
		return "info", "has time"
	case people.Paused:
		return "unknown", "on leave"
	case people.Excluded:
		return "not_applicable", "excluded"
	}
	return "unknown", string(st)
}

// getPolicyPeopleExport hands the table out: GET /o/{org}/policy/{policy}/people/export.
func (s *Server) getPolicyPeopleExport(w http.ResponseWriter, r *http.Request, who visitor) error {
	o, _, err := s.openPolicy(r, who)
	if err != nil {
		return err
	}
	progress, err := s.Policies.Progress(r.Context(), who.Actor, o.ID, s.Now())
	if err != nil {
		return err
	}
	table := document.Table{Rows: [][]string{{"Policy", "Name", "E-mail", "Title", "State", "Version acknowledged", "Acknowledged at (UTC)", "Asked since", "Due", "Reason", "Has an account"}}}
	for _, row := range progress.Rows {
		_, words := policyStandWords(row.State)
		at, reaches := "", "no"
		if !row.At.IsZero() {
			at = row.At.UTC().Format(time.RFC3339)
		}
		if row.Reaches {
			reaches = "yes"
		}
		table.Rows = append(table.Rows, []string{o.Title, row.Person.Name, row.Person.Email, row.Person.Title, words, row.Version, at, policyDay(row.Since), policyDay(row.Due), row.Reason, reaches})
	}
	var b bytes.Buffer
	if err := document.WriteCSV(&b, table); err != nil {
		return err
	}
	return sendFile(w, "text/csv; charset=utf-8", "acknowledgements-"+who.Slug()+"-"+o.Slug+".csv", b.Bytes())
}

func policyDay(d cadence.Date) string {
	if !d.Known() {
		return ""
	}
	return d.String()
}
