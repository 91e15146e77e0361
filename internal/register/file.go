package register

import (
	"slices"

	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/sheet"
)

// Column is a column of the file of a register: how a cell is taken into an entry,
// and how an entry fills it. Its key is the one the content has as JSON. Take notes
// what is wrong on the sheet.
type Column[T any] struct {
	sheet.Column
	Take func(e *T, s *sheet.Sheet, r sheet.Row, n *Names)
	Show func(e *T, n *Names) string
}

// codeColumn finds an entry again, whatever else changed.
var codeColumn = sheet.Column{Key: "code", Title: "Code", Also: []string{"ID", "Number"}, Max: 20, Help: "Leave it empty for a new entry."}

// Columns are those of a file: the code, and what is given.
func Columns[T any](list []Column[T]) []sheet.Column {
	out := []sheet.Column{codeColumn}
	for _, c := range list {
		out = append(out, c.Column)
	}
	return out
}

// Rows are the entries in use as rows of a file.
func (k Kind[T]) Rows(list []T, columns []Column[T], n *Names) [][]string {
	out := [][]string{}
	for i := range list {
		e := &list[i]
		if !k.Entry(e).InUse() {
			continue
		}
		row := []string{k.Entry(e).Code}
		for _, c := range columns {
			row = append(row, c.Show(e, n))
		}
		out = append(out, row)
	}
	return out
}

// File is a file and the register it is compared with.
type File[T any] struct {
	Sheet   *sheet.Sheet
	Columns []Column[T]
	Names   *Names
	Key     string             // of the column that names an entry
	Title   func(*T) string    // what stands in it
	Checked func(T) (T, error) // the entry as it is kept, or a problem of a field
}

// Plan compares a file with a register: what is new, what changes, and every cell
// that cannot be taken. A row is found again by its code, else by its name; a column
// the file does not have leaves what is there. It returns the entries to be kept.
// The sheet stays as it is.
func (k Kind[T]) Plan(have []T, f File[T]) (sheet.Plan, []T) {
	c := *f.Sheet
	c.Faults = slices.Clone(f.Sheet.Faults)
	f.Sheet = &c
	byName := map[string]int{}
	for i := range have {
		if k.Entry(&have[i]).InUse() {
			byName[sheet.Key(f.Title(&have[i]))] = i
		}
	}
	plan := sheet.Plan{}
	var out []T
	type taken struct {
		row sheet.Row
		id  string
	}
	names := map[string]taken{}
	codes, titles := map[string]int{}, map[string]int{}
	for _, r := range c.Rows {
		one := c.Once(codes, r, "code")
		if !c.Once(titles, r, f.Key) || !one {
			continue
		}
		was, ok := k.find(&c, r, have, byName, f)
		if !ok {
			continue
		}
		var e T
		if was != nil {
			e = *was
		}
		for _, col := range f.Columns {
			if was == nil || r.Has(col.Key) {
				col.Take(&e, &c, r, f.Names)
			}
		}
		line := sheet.Line{Row: r.Number, Code: k.Entry(&e).Code, Name: f.Title(&e)}
		checked, err := f.Checked(e)
		if err != nil {
			k.fault(&c, r, f, err)
			continue
		}
		e = checked
		names[sheet.Key(f.Title(&e))] = taken{r, k.Entry(&e).ID}
		if was == nil {
			plan.New = append(plan.New, line)
			out = append(out, e)
			continue
		}
		if line.Fields = f.changed(was, &e); len(line.Fields) == 0 {
			plan.Same++
			continue
		}
		plan.Changed = append(plan.Changed, line)
		out = append(out, e)
	}
	moved := map[string]bool{} // entries whose name the file changes
	for i := range out {
		moved[k.Entry(&out[i]).ID] = true
	}
	for name, t := range names {
		if i, ok := byName[name]; ok && k.Name != nil && k.Entry(&have[i]).ID != t.id && !moved[k.Entry(&have[i]).ID] {
			c.Fault(t.row, f.Key, "“%s” is in the register already, as %s. Change that entry, or choose another name.", f.Title(&have[i]), k.Entry(&have[i]).Code)
		}
	}
	all := c.Plan()
	all.New, all.Changed, all.Same = plan.New, plan.Changed, plan.Same
	return all, out
}

// find returns the entry a row speaks of, or nil for a new one; false when the row
// cannot be taken.
func (k Kind[T]) find(s *sheet.Sheet, r sheet.Row, have []T, byName map[string]int, f File[T]) (*T, bool) {
	at := -1
	if code := r.Text("code"); code != "" {
		i, ok := k.ByCode(have, code)
		if !ok {
			s.Fault(r, "code", "There is no entry %s here. Leave the code empty for a new one.", code)
			return nil, false
		}
		at = i
	} else if i, ok := byName[sheet.Key(r.Text(f.Key))]; ok {
		at = i
	}
	if at < 0 {
		return nil, true
	}
	if h := k.Entry(&have[at]); !h.InUse() {
		s.Fault(r, "code", "%s was retired. Bring it back first, or remove the row.", h.Code)
		return nil, false
	}
	return &have[at], true
}

// fault notes a problem at the cell it speaks of, unless something is noted there
// already.
func (k Kind[T]) fault(s *sheet.Sheet, r sheet.Row, f File[T], err error) {
	p := problem.Of(err)
	key := p.Field
	if !slices.ContainsFunc(f.Columns, func(c Column[T]) bool { return c.Key == key }) {
		key = f.Key
	}
	if !slices.ContainsFunc(s.Faults, func(x sheet.Fault) bool { return x.Row == r.Number }) {
		s.Fault(r, key, "%s", p.Text)
	}
}

// changed returns the titles of the columns in which two entries differ.
func (f File[T]) changed(was, e *T) []string {
	old, err := body(was)
	if err != nil {
		return nil
	}
	content, err := body(e)
	if err != nil || old == content {
		return nil
	}
	list, err := differ(old, content)
	if err != nil {
		return nil
	}
	var out []string
	for _, d := range list {
		title := d.Key
		for _, c := range f.Columns {
			if c.Key == d.Key {
				title = c.Title
			}
		}
		out = append(out, title)
	}
	return out
}

// Texts is a column of plain text.
func Texts[T any](c sheet.Column, at func(*T) *string) Column[T] {
	return Column[T]{c, func(e *T, _ *sheet.Sheet, r sheet.Row, _ *Names) { *at(e) = r.Text(c.Key) }, func(e *T, _ *Names) string { return *at(e) }}
}

// Options is a column of one of the values of a list; an empty cell leaves what is
// there, and is the usual one in a new entry.
func Options[T any](c sheet.Column, list []Choice, usual string, at func(*T) *string) Column[T] {
	c.OneOf = Keys(list)
	return Column[T]{c, func(e *T, _ *sheet.Sheet, r sheet.Row, _ *Names) {
		if text := r.Text(c.Key); text != "" {
			*at(e) = text
		} else if *at(e) == "" {
			*at(e) = usual
		}
	}, func(e *T, _ *Names) string { return *at(e) }}
}

// YesNo is a column of yes or no; an empty cell leaves what is there, and is no in a
// new entry.
func YesNo[T any](c sheet.Column, at func(*T) *bool) Column[T] {
	c.OneOf = []string{"yes", "no"}
	return Column[T]{c, func(e *T, s *sheet.Sheet, r sheet.Row, _ *Names) {
		if r.Text(c.Key) != "" {
			*at(e) = s.Yes(r, c.Key)
		}
	}, func(e *T, _ *Names) string {
		if *at(e) {
			return "yes"
		}
		return "no"
	}}
}

// Link is a column that names another entry: a person, a system.
func Link[T any](c sheet.Column, of string, at func(*T) *string) Column[T] {
	return Column[T]{c, func(e *T, s *sheet.Sheet, r sheet.Row, n *Names) {
		id, fault := n.ID(of, r.Text(c.Key))
		if fault != "" {
			s.Fault(r, c.Key, "%s", fault)
			return
		}
		*at(e) = id
	}, func(e *T, n *Names) string { return n.Text(of, *at(e)) }}
}

// Links is a column that names several other entries.
func Links[T any](c sheet.Column, of string, at func(*T) *[]string) Column[T] {
	c.Many = true
	if c.Max == 0 {
		c.Max = 4000
	}
	return Column[T]{c, func(e *T, s *sheet.Sheet, r sheet.Row, n *Names) {
		var ids []string
		for _, text := range n.parts(of, r.List(c.Key)) {
			id, fault := n.ID(of, text)
			if fault != "" {
				s.Fault(r, c.Key, "%s", fault)
				return
			}
			ids = append(ids, id)
		}
		*at(e) = ids
	}, func(e *T, n *Names) string { return n.List(of, *at(e)) }}
}

// Lists is a column of several plain values.
func Lists[T any](c sheet.Column, at func(*T) *[]string) Column[T] {
	c.Many = true
	if c.Max == 0 {
		c.Max = 4000
	}
	return Column[T]{c, func(e *T, _ *sheet.Sheet, r sheet.Row, _ *Names) { *at(e) = r.List(c.Key) }, func(e *T, _ *Names) string { return join(*at(e)) }}
}
