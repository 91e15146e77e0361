package isms

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/sheet"
)

// sheetReader reads rows of a file.
type sheetReader struct {
	w       *statementWriter
	sh      *sheet.Sheet
	names   sheetNames
	seen    map[string]int // codes that had a row
	changes []StatementChange
	notes   []sheet.Fault
	free    bool // it was said how a text without a kind is read
}

func (r *sheetReader) title(code string) string {
	if q, ok := r.w.f.Find(code); ok {
		return q.Label
	}
	return r.w.lines[code].Title
}

// code is the row of the statement a row of the file is about; "" is a new control
// of the organisation's own.
func (r *sheetReader) code(row sheet.Row) (code string, ok bool) {
	text := row.Text("code")
	if plainKey(text) == "new" || text == "" {
		return "", text != "" // an empty one has its fault already
	}
	if up := strings.ToUpper(text); OwnRow(up) {
		if l := r.w.lines[up]; l.Code == "" || l.Retired != "" {
			r.sh.Fault(row, "code", "The statement has no control %s of your own. Write “new” to add one.", up)
			return "", false
		}
		return up, true
	}
	if m := annexCode.FindStringSubmatch(text); m != nil {
		if q, known := r.w.f.Find("A." + m[1] + "." + m[2]); known && q.Kind == framework.KindRequirement {
			return q.ID, true
		}
	}
	switch q, known := r.w.f.Find(text); {
	case edition13.MatchString(text):
		r.sh.Fault(row, "code", "%s is a number of the edition of 2013. Write the number it has in the edition of 2022, such as A.5.15.", text)
	case known && q.Kind == framework.KindRequirement:
		r.sh.Fault(row, "code", "%s is a clause. Clauses 4 to 10 always apply and are not part of the statement; leave the row away.", text)
	default:
		r.sh.Fault(row, "code", "“%s” is no control of Annex A of the edition of 2022. Write a number such as A.5.1, or “new” for a control of your own.", excerptOf(text))
	}
	return "", false
}

// row reads one row: what it is to say, and the titles of the columns that change.
func (r *sheetReader) row(row sheet.Row) (StatementChange, []string, bool) {
	before := len(r.sh.Faults) + r.sh.More
	code, ok := r.code(row)
	if !ok {
		return StatementChange{}, nil, false
	}
	if first := r.seen[code]; code != "" && first > 0 {
		r.sh.Fault(row, "code", "%s stands in row %d already. If the file came from a spreadsheet, it may have read a number such as 5.10 as 5.1: format the column as text.", code, first)
		return StatementChange{}, nil, false
	}
	r.seen[code] = row.Number
	why, out := r.w.excluded[code]
	was := StatementChange{Code: code, Included: !out, WhyOut: why, StatementDecision: r.w.lines[code].StatementDecision}
	c := was
	c.Reasons = slices.Clone(c.Reasons)
	r.applies(row, &c)
	r.reasons(row, &c)
	r.claim(row, &c)
	r.own(row, &c)
	if row.Has("owner") {
		if _, named := r.w.people[c.Owner]; row.Text("owner") != "" || named { // whoever was erased has no name to write
			c.Owner = r.owner(row)
		}
	}
	if row.Has("note") {
		c.Note = row.Text("note")
	}
	r.checked(row, &c)
	return c, statementFields(was, c), len(r.sh.Faults)+r.sh.More == before
}

func (r *sheetReader) applies(row sheet.Row, c *StatementChange) {
	if text := row.Text("included"); text != "" {
		in, known := appliesWords[plainKey(text)]
		if !known {
			r.sh.Fault(row, "included", "“%s” is neither yes nor no. Write one of them.", excerptOf(text))
			return
		}
		if c.Included = in; in {
			c.WhyOut = ""
		}
	}
	if !c.Included {
		for _, key := range []string{"whyOut", "justification"} {
			if text := row.Text(key); text != "" {
				c.WhyOut = text
				break
			}
		}
		if strings.TrimSpace(c.WhyOut) == "" {
			r.sh.Fault(row, "included", "It does not apply, and no reason is given. Say why in the column “Why it is left out”.")
		}
		if OwnRow(c.Code) || c.Code == "" {
			r.sh.Fault(row, "included", "A control of your own is in the statement because it is necessary. Take the row out of the statement instead.")
		}
	}
}

// reasons reads why a row is included: the kinds, and a text for each.
func (r *sheetReader) reasons(row sheet.Row, c *StatementChange) {
	if !c.Included {
		return
	}
	set := func(k ReasonKind, text string, has bool) {
		i := slices.IndexFunc(c.Reasons, func(x Reason) bool { return x.Kind == k })
		switch {
		case !has && i >= 0:
			c.Reasons = slices.Delete(c.Reasons, i, i+1)
		case has && i >= 0:
			c.Reasons[i].Text = text
		case has:
			c.Reasons = append(c.Reasons, Reason{k, text})
		}
	}
	if row.Has("risks") {
		r.risks(row, c)
	}
	if row.Has("reasons") {
		kinds := row.List("reasons")
		for _, k := range ReasonKinds() {
			old, _ := c.reason(k)
			set(k, old.Text, slices.Contains(kinds, string(k)))
		}
	}
	for key, k := range reasonKeys {
		if text := row.Text(key); text != "" {
			set(k, text, true)
		}
	}
	if text := row.Text("justification"); text != "" {
		kind := BecauseOfBusiness
		if len(c.Risks) > 0 || c.Has(BecauseOfRisk) {
			kind = BecauseOfRisk
		}
		if old, has := c.reason(kind); !has || old.Text == "" || kind == BecauseOfRisk {
			set(kind, text, true)
		}
		if !r.free && kind == BecauseOfBusiness {
			r.free = true
			r.notes = append(r.notes, sheet.Fault{File: r.sh.File, Row: row.Number, Field: "Justification", Text: "A text that names no kind of reason and no risk is taken as a business need. Add the column “Reasons” to say otherwise."})
		}
	}
}

// risks reads the risks a row names. A file written by Toucan also has those that name
// the row in the register, which do not become the row's own, and lacks those that
// are closed, which stay.
func (r *sheetReader) risks(row sheet.Row, c *StatementChange) {
	var listed []string
	for _, code := range row.List("risks") {
		id, ok := r.names.risks[plainKey(code)]
		if !ok {
			r.sh.Fault(row, "risks", "There is no risk “%s” in the register. Write a code such as R-001, or enter the risk first.", excerptOf(code))
			continue
		}
		listed = append(listed, id)
	}
	kept := slices.DeleteFunc(slices.Clone(c.Risks), func(id string) bool {
		_, known := r.w.risks[id]
		return known && !r.w.closed[id] && !slices.Contains(listed, id)
	})
	for _, id := range listed {
		if !slices.Contains(kept, id) && !r.w.naming[[2]string{c.Code, id}] {
			kept = append(kept, id)
		}
	}
	c.Risks = kept
}

func (r *sheetReader) claim(row sheet.Row, c *StatementChange) {
	if row.Has("claim") && c.Included {
		claim, known := claimWords[plainKey(row.Text("claim"))]
		if !known {
			r.sh.Fault(row, "claim", "“%s” is not known here. Write implemented, partly implemented, planned or not implemented.", excerptOf(row.Text("claim")))
			return
		}
		if c.Claim = claim; claim == ClaimNone || claim == ClaimNot {
			c.On = 0
		}
	}
	if row.Has("on") && c.Included && c.Claim != ClaimNone && c.Claim != ClaimNot {
		c.On = r.sh.Date(row, "on")
	}
}

// own reads what only a control of the organisation's own has.
func (r *sheetReader) own(row sheet.Row, c *StatementChange) {
	if c.Code != "" && !OwnRow(c.Code) {
		return
	}
	if row.Has("title") {
		c.Title = row.Text("title")
	}
	if c.Title == "" {
		r.sh.Fault(row, "title", "A control of your own needs a name.")
	}
	if row.Has("source") {
		c.Source = row.Text("source")
	}
	if !row.Has("controls") {
		return
	}
	c.Controls = nil
	for _, code := range row.List("controls") {
		id, ok := r.names.controls[plainKey(code)]
		if !ok {
			r.sh.Fault(row, "controls", "There is no control “%s” in the register. Write its code, such as AC-04.", excerptOf(code))
			continue
		}
		if !slices.Contains(c.Controls, id) {
			c.Controls = append(c.Controls, id)
		}
	}
}

func (r *sheetReader) owner(row sheet.Row) string {
	text := strings.ToLower(strings.TrimSpace(row.Text("owner")))
	switch id := r.names.people[text]; {
	case text == "":
		return ""
	case id == "":
		r.sh.Fault(row, "owner", "Nobody in the register of people is called “%s”. Write a name or an address that is there, or leave the cell empty.", excerptOf(row.Text("owner")))
	case r.names.twice[text]:
		r.sh.Fault(row, "owner", "Several people are called “%s”. Write the address of the one that is meant.", excerptOf(row.Text("owner")))
	default:
		return id
	}
	return ""
}

// checked lets the rules of a row speak.
func (r *sheetReader) checked(row sheet.Row, c *StatementChange) {
	code := c.Code
	if code == "" {
		code = ownPrefix + "1"
	}
	d, err := r.w.checked(code, c.StatementDecision, r.w.lines[c.Code])
	if err == nil {
		c.StatementDecision = d
		return
	}
	p := problem.Of(err)
	field := map[string]string{"owner": "owner", "on": "on", "controls": "controls", "risks": "risks", "title": "title", "note": "note", "source": "source"}[p.Field]
	if field == "" {
		field = "code"
	}
	if field == "title" && strings.TrimSpace(c.Title) == "" {
		return // it was said already
	}
	r.sh.Fault(row, field, "%s", p.Text)
}

// statementFields are the titles of the columns that change something.
func statementFields(was, now StatementChange) []string {
	var out []string
	add := func(title string, same bool) {
		if !same {
			out = append(out, title)
		}
	}
	add("Applies", was.Included == now.Included)
	add("Why it is left out", was.WhyOut == now.WhyOut)
	add("Reasons", reflect.DeepEqual(was.Reasons, now.Reasons))
	add("Risks", slices.Equal(was.Risks, now.Risks))
	add("Claimed", was.Claim == now.Claim)
	add("Since or for", was.On == now.On)
	add("Owner", was.Owner == now.Owner)
	add("How it is implemented", was.Note == now.Note)
	add("Name", was.Title == now.Title)
	add("Source", was.Source == now.Source)
	add("Own controls", slices.Equal(was.Controls, now.Controls))
	return out
}

func excerptOf(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return fmt.Sprint(s)
}
