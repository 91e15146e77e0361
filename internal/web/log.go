package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/trail"
)

const leavesOnPage = 50

// logPage is the list of entries, with how the log stands above it.
type logPage struct {
	frame
	Health  trail.Health
	Card    logCard
	Query   logQuery
	Areas   []option
	Members []option
	Leaves  []leafRow
	Size    int64
	Newest  string // address of the first page, or empty on it
	Older   string // address of the next page, or empty on the last
	CanSign bool
	Problem *problem.Error
}

// logQuery is what somebody asked for.
type logQuery struct{ Kind, ID, Who, From, To string }

func (q logQuery) with(path, before string) string {
	return query(path, "kind", q.Kind, "id", q.ID, "who", q.Who, "from", q.From, "to", q.To, "before", before)
}

func (q logQuery) any() bool { return q != logQuery{} }

// leafRow is an entry with the words a page needs.
type leafRow struct {
	ledger.Record
	Title string
	By    string // name, or what acted where no person did
	To    string
}

// getLog lists the entries: GET /o/{org}/log?kind=&id=&who=&from=&to=&before=.
func (s *Server) getLog(w http.ResponseWriter, r *http.Request, who visitor) error {
	p := logPage{Areas: leafAreas(), CanSign: who.Can(access.SignCheckpoints)}
	p.Query = logQuery{r.FormValue("kind"), strings.TrimSpace(r.FormValue("id")), r.FormValue("who"), r.FormValue("from"), r.FormValue("to")}
	f := trail.Filter{Kind: p.Query.Kind, ID: p.Query.ID, Account: p.Query.Who}
	var err error
	if f.From, err = logDay("from", p.Query.From); err == nil {
		f.To, err = logDay("to", p.Query.To)
	}
	if err != nil {
		p.Problem = problem.Of(err)
	}
	if !f.To.IsZero() {
		f.To = f.To.AddDate(0, 0, 1) // the last day counts
	}
	f.Before, _ = strconv.ParseInt(r.FormValue("before"), 10, 64)
	page, err := s.Trail.Leaves(r.Context(), who.Actor, f, leavesOnPage)
	if err != nil {
		return err
	}
	names, err := s.Access.Names(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	if p.Health, err = s.Trail.Health(r.Context(), who.Actor); err != nil {
		return err
	}
	p.Size, p.Members = page.Size, memberOptions(names)
	path := orgPath(who.Slug(), "log")
	for _, l := range page.Leaves {
		p.Leaves = append(p.Leaves, leafRowOf(who.Slug(), l, names))
	}
	if f.Before > 0 {
		p.Newest = p.Query.with(path, "")
	}
	if page.Next > 0 {
		p.Older = p.Query.with(path, strconv.FormatInt(page.Next, 10))
	}
	p.Card = logCardOf(p.Health, s.Now())
	p.frame = s.logFrame(w, r, who, "Log", "")
	return s.render(w, r, http.StatusOK, showLog(p))
}

// logFrame is the frame of the pages about the log, with their tabs.
func (s *Server) logFrame(w http.ResponseWriter, r *http.Request, who visitor, title, tab string) frame {
	var crumbs []crumb
	if title != "Log" {
		crumbs = append(crumbs, crumb{"Log", orgPath(who.Slug(), "log")})
	}
	f := s.frame(w, r, who, "log", title, crumbs...)
	for _, t := range []struct{ text, path string }{{"Entries", ""}, {"Checkpoints", "checkpoints"}, {"Keys and epochs", "keys"}, {"Where they are sent", "anchors"}} {
		to := orgPath(who.Slug(), "log")
		if t.path != "" {
			to = orgPath(who.Slug(), "log", t.path)
		}
		f.Tabs = append(f.Tabs, pill{Text: t.text, To: to, On: t.path == tab})
	}
	return f
}

func logDay(field, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, problem.Field(field, "Write the day like 2026-03-31.")
	}
	return day, nil
}

func leafRowOf(slug string, l ledger.Record, names map[string]string) leafRow {
	return leafRow{Record: l, Title: leafTitle(l.Kind), By: actorName(l.Actor, names), To: orgPath(slug, "log", strconv.FormatInt(l.N, 10))}
}

// actorName is what an account is called; an entry nobody made was made by Toucan itself.
func actorName(account string, names map[string]string) string {
	if account == "" {
		return "Toucan"
	}
	if name := names[account]; name != "" {
		return name
	}
	return "Somebody who was erased"
}

func memberOptions(names map[string]string) []option {
	out := []option{{"", "Anybody"}}
	for id, name := range names {
		out = append(out, option{id, name})
	}
	sortOptions(out[1:])
	return out
}

// logCard is how the log stands, in words.
type logCard struct {
	Last, LastSub   string
	Open, OpenSub   string
	Stamp, StampSub string
	Mark            string // good, warn or bad
	Words           string
}

// logCardOf finds the words. A log is behind when something has waited for a
// checkpoint for longer than two rounds.
func logCardOf(h trail.Health, now time.Time) logCard {
	c := logCard{Last: "none yet", LastSub: "the first is signed within minutes", Open: group(int(h.Since())), OpenSub: "entries that no checkpoint covers", Mark: "good", Words: "Signed"}
	if h.Last != nil {
		c.Last, c.LastSub = agoWords(h.Last.At, now), fmt.Sprintf("over %s of epoch %d", plural(int(h.Last.Size), "entry", "entries"), h.Last.Epoch)
	}
	switch {
	case h.Authority == "":
		c.Stamp, c.StampSub = "not set up", "toucan serve --tsa names an authority"
	case h.Stamp == nil:
		c.Stamp, c.StampSub = "none yet", "asked for after the next checkpoint"
	default:
		c.Stamp, c.StampSub = agoWords(h.Stamp.At, now), h.Stamp.Authority
	}
	if h.Try != nil {
		c.StampSub = fmt.Sprintf("%s failed since: %s", plural(h.Try.Tries, "try", "tries"), h.Try.Fault)
	}
	switch {
	case h.Refusal != nil:
		c.Mark, c.Words = "bad", "Refuses to sign"
	case h.Last == nil:
		c.Mark, c.Words = "unknown", "Not signed yet"
	case !h.Oldest.IsZero() && now.Sub(h.Oldest) > 2*trail.RoundEvery:
		c.Mark, c.Words = "warn", "Behind"
	case h.Last.Behind > 0:
		c.Mark, c.Words = "warn", "The clock went back"
	}
	return c
}

// agoWords says how long ago something was.
func agoWords(at, now time.Time) string {
	switch d := now.Sub(at); {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return plural(int(d.Minutes()), "minute", "minutes") + " ago"
	case d < 48*time.Hour:
		return plural(int(d.Hours()), "hour", "hours") + " ago"
	}
	return at.UTC().Format("2 January 2006")
}

// leafPage is one entry with what shows that it is in the log.
type leafPage struct {
	frame
	Row      leafRow
	Evidence trail.Evidence
	Prev     string // address of the entry before, or empty
	Next     string
	Others   int    // entries about the same row, this one counted
	All      string // address of their list
	CanSign  bool
}

// getLeaf shows one entry: GET /o/{org}/log/{n}.
func (s *Server) getLeaf(w http.ResponseWriter, r *http.Request, who visitor) error {
	n, err := leafNumber(r)
	if err != nil {
		return err
	}
	e, err := s.Trail.Proof(r.Context(), who.Actor, n)
	if err != nil {
		return err
	}
	names, err := s.Access.Names(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	same, err := s.Trail.Leaves(r.Context(), who.Actor, trail.Filter{ID: e.Leaf.ID}, 100)
	if err != nil {
		return err
	}
	p := leafPage{Row: leafRowOf(who.Slug(), e.Leaf, names), Evidence: e, Others: len(same.Leaves), CanSign: who.Can(access.SignCheckpoints),
		All: query(orgPath(who.Slug(), "log"), "id", e.Leaf.ID)}
	if n > 0 {
		p.Prev = orgPath(who.Slug(), "log", strconv.FormatInt(n-1, 10))
	}
	if n+1 < same.Size {
		p.Next = orgPath(who.Slug(), "log", strconv.FormatInt(n+1, 10))
	}
	p.frame = s.logFrame(w, r, who, fmt.Sprintf("Entry %s", group(int(n))), "")
	return s.render(w, r, http.StatusOK, showLeaf(p))
}

// leafNumber is the position in the address; what is no number is no entry.
func leafNumber(r *http.Request) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue("n"), 10, 64)
	if err != nil || n < 0 {
		return 0, problem.New(problem.NotFound, "The log has no such entry.")
	}
	return n, nil
}

// getLeafProof hands out the proof: GET /o/{org}/log/{n}/proof.
func (s *Server) getLeafProof(w http.ResponseWriter, r *http.Request, who visitor) error {
	n, err := leafNumber(r)
	if err != nil {
		return err
	}
	e, err := s.Trail.Proof(r.Context(), who.Actor, n)
	if err != nil {
		return err
	}
	if e.Proof == nil {
		return problem.New(problem.Conflict, "No checkpoint covers this entry yet. One is signed every few minutes, or at once on the page Log.")
	}
	return sendFile(w, "text/plain; charset=utf-8", fmt.Sprintf("%s-%d.tlog-proof", who.Slug(), n), []byte(e.Proof.String()))
}

// getLeafData hands out the bytes of an entry, as they were hashed: GET /o/{org}/log/{n}/data.
func (s *Server) getLeafData(w http.ResponseWriter, r *http.Request, who visitor) error {
	n, err := leafNumber(r)
	if err != nil {
		return err
	}
	e, err := s.Trail.Proof(r.Context(), who.Actor, n)
	if err != nil {
		return err
	}
	return sendFile(w, "application/json", fmt.Sprintf("%s-%d.json", who.Slug(), n), []byte(e.Leaf.Data))
}

// sendFile hands out a small file under a name.
func sendFile(w http.ResponseWriter, kind, name string, data []byte) error {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	h.Set("Cache-Control", "no-store")
	_, err := w.Write(data)
	return quiet(err)
}

// postSign has a checkpoint signed: POST /o/{org}/log/sign.
func (s *Server) postSign(w http.ResponseWriter, r *http.Request, who visitor) error {
	c, err := s.Trail.SignNow(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	to := orgPath(who.Slug(), "log", "checkpoints")
	if n, err := strconv.ParseInt(r.FormValue("entry"), 10, 64); err == nil && n >= 0 {
		to = orgPath(who.Slug(), "log", strconv.FormatInt(n, 10))
	}
	return back(w, r, to, fmt.Sprintf("The checkpoint over %s is signed.", plural(int(c.Size), "entry", "entries")))
}
