package web

import (
	"net/http"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// suggestions returns the pairs that look like one control; worked out once per
// revision, when somebody first asks.
func (b *book) suggestions() []crosswalk.Suggestion {
	b.rhythm.pairOnce.Do(func() {
		list := make([]crosswalk.Performed, len(b.Controls))
		for i, c := range b.Controls {
			list[i] = b.performed(c)
		}
		b.rhythm.pairs = crosswalk.Suggestions(list, b.rhythm.said)
	})
	return b.rhythm.pairs
}

const perDuplicates = 20 // two whole texts side by side are long

// duplicatesPage lists what looks like one control, and what was decided.
type duplicatesPage struct {
	frame
	Show    string // "library", "within" or "decided"
	Pills   []pill
	Rows    []duplicateRow
	Decided []decidedRow
	Pager   pager
	Same    int // suggestions that are the same as an entry word for word
	All     int
	CanSet  bool
}

type duplicateRow struct {
	crosswalk.Suggestion
	Links      []framework.Ref
	OtherLinks []framework.Ref
}

// decidedRow is a decision that can be taken back.
type decidedRow struct {
	What, Code, Title, By, At string
	Undo                      string // name of the value that takes it back
	ID                        string
}

// getDuplicates lists them, the surest first: GET /o/{org}/controls/duplicates?show=&page=.
func (s *Server) getDuplicates(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	retired, err := s.Controls.Retirements(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := duplicatesPage{Show: r.FormValue("show"), All: len(b.Controls), CanSet: who.Can(access.MergeControls)}
	var entries, within []crosswalk.Suggestion
	for _, d := range b.suggestions() {
		if d.Entry.Code == "" {
			within = append(within, d)
			continue
		}
		if entries = append(entries, d); d.Same {
			p.Same++
		}
	}
	decided := b.decided(retired)
	if p.Show != "within" && p.Show != "decided" {
		if p.Show = "library"; len(entries) == 0 && len(within) > 0 && r.FormValue("show") == "" {
			p.Show = "within"
		}
	}
	p.frame = s.frame(w, r, who, "controls", "Duplicates", crumb{"Controls", orgPath(who.Slug(), "controls")})
	path := p.path("controls", "duplicates")
	for _, c := range []struct {
		show, words string
		n           int
	}{{"library", "With the library", len(entries)}, {"within", "Among your own", len(within)}, {"decided", "Decided", len(decided)}} {
		p.Pills = append(p.Pills, pill{Text: c.words, N: c.n, To: query(path, "show", c.show), On: p.Show == c.show})
	}
	to := func(page string) string { return query(path, "show", p.Show, "page", page) }
	list := entries
	switch p.Show {
	case "within":
		list = within
	case "decided":
		p.Decided, p.Pager = paged(decided, r.FormValue("page"), perPage, to)
		return s.render(w, r, http.StatusOK, showDuplicates(p))
	}
	list, p.Pager = paged(list, r.FormValue("page"), perDuplicates, to)
	for _, d := range list {
		p.Rows = append(p.Rows, duplicateRow{d, b.Links[d.Control.ID], b.Links[d.Other.ID]})
	}
	return s.render(w, r, http.StatusOK, showDuplicates(p))
}

// decided lists what people said, the merges first; each is the newest first.
func (b *book) decided(retired []control.Retirement) []decidedRow {
	var out []decidedRow
	for _, r := range retired {
		out = append(out, decidedRow{"merged into " + r.To, r.Code, r.Title, r.ByName, r.At.UTC().Format("2 January 2006"), "unmerge", r.Control})
	}
	code := map[string]control.Control{}
	for _, c := range b.Controls {
		code[c.ID] = c
	}
	for _, j := range b.rhythm.said {
		what := "is the entry " + j.Entry + " of the library"
		switch j.Kind {
		case crosswalk.NotEntry:
			what = "is not the entry " + j.Entry + " of the library"
		case crosswalk.Distinct:
			what = "is not the same as " + code[j.Other].Code
		}
		if c := code[j.Control]; c.ID != "" && (j.Other == "" || code[j.Other].ID != "") {
			out = append(out, decidedRow{what, c.Code, c.Title, j.ByName, j.At.UTC().Format("2 January 2006"), "reconsider", j.ID})
		}
	}
	return out
}

// postDuplicates records a decision: POST /o/{org}/controls/duplicates with
// decision = entry, not_entry, distinct, merge, all_same, unmerge or reconsider.
func (s *Server) postDuplicates(w http.ResponseWriter, r *http.Request, who visitor) error {
	ctx, id, now := r.Context(), r.FormValue("control"), s.Now()
	other, entry := r.FormValue("other"), r.FormValue("entry")
	to := query(orgPath(who.Slug(), "controls", "duplicates"), "show", r.FormValue("show"), "page", r.FormValue("page"))
	judge := func(said string, j ...crosswalk.Judgement) error {
		if err := s.Crosswalk.Judge(ctx, who.Actor, j, now); err != nil {
			return err
		}
		return back(w, r, to, said)
	}
	switch r.FormValue("decision") {
	case "entry":
		return judge("Remembered: it is "+entry+" of the library. Its intervals apply now; adopt it in the library to have its links and covers count too.", crosswalk.Judgement{Kind: crosswalk.IsEntry, Control: id, Entry: entry})
	case "not_entry":
		return judge("Remembered: it is not "+entry+" of the library.", crosswalk.Judgement{Kind: crosswalk.NotEntry, Control: id, Entry: entry})
	case "distinct":
		return judge("Remembered: the two are different controls.", crosswalk.Judgement{Kind: crosswalk.Distinct, Control: id, Other: other})
	case "all_same":
		b, err := s.shelf.open(ctx, who.Actor)
		if err != nil {
			return err
		}
		var list []crosswalk.Judgement
		for _, d := range b.suggestions() {
			if d.Same && d.Entry.Code != "" {
				list = append(list, crosswalk.Judgement{Kind: crosswalk.IsEntry, Control: d.Control.ID, Entry: d.Entry.Code})
			}
		}
		return judge(plural(len(list), "control is", "controls are")+" matched with the library, word for word.", list...)
	case "merge":
		if err := s.Crosswalk.MergeControls(ctx, who.Actor, other, id, now); err != nil {
			return err
		}
		return back(w, r, to, "Merged. The one left over has the links of both; the other is kept, and can be brought back under Decided.")
	case "unmerge":
		if err := s.Crosswalk.Unmerge(ctx, who.Actor, id, now); err != nil {
			return err
		}
		return back(w, r, to, "The merge is taken back. Both controls count again, with the links each had.")
	case "reconsider":
		if err := s.Crosswalk.Reconsider(ctx, who.Actor, id, now); err != nil {
			return err
		}
		return back(w, r, to, "Taken back. It is suggested again.")
	}
	return problem.Field("decision", "Say what you decide: use one of the buttons beside a suggestion.")
}
