package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// attributesFact is what the log says of what is tested.
type attributesFact struct {
	Population string   `json:"population"`
	Attributes []string `json:"attributes"` // A, B, C ...
}

// SetAttributes says what each item is tested for, in order. An attribute that was
// judged for some item keeps its text, and its letter.
func (s *Store) SetAttributes(ctx context.Context, who access.Actor, population string, texts []string, now time.Time) error {
	if err := who.May(access.DrawSamples); err != nil {
		return err
	}
	var clean []string
	for _, t := range texts {
		t, err := db.Line("attributes", "An attribute", t, 300)
		if err != nil {
			return err
		}
		if t != "" {
			clean = append(clean, t)
		}
	}
	if len(clean) == 0 {
		return problem.Field("attributes", "Say at least one thing that each item is tested for.")
	}
	if len(clean) > maxAttributes {
		return problem.Field("attributes", fmt.Sprintf("At most %d attributes can be tested. Join some.", maxAttributes))
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		if _, err := find(ctx, tx, who.Org(), population); err != nil {
			return err
		}
		sel, err := selection(ctx, tx, who.Org(), population)
		if err != nil {
			return err
		}
		for i, a := range sel.Attributes {
			if i < len(clean) && clean[i] == a.Text {
				continue
			}
			if slices.ContainsFunc(sel.Items, func(x Item) bool { _, judged := x.Found[a.Letter]; return judged }) {
				return problem.Field("attributes", fmt.Sprintf("Attribute %s, “%s”, was judged already, so it stays as it is. Add others below it.", a.Letter, a.Text))
			}
		}
		if len(clean) == len(sel.Attributes) && !slices.ContainsFunc(sel.Attributes, func(a Attribute) bool { return clean[a.Letter[0]-'A'] != a.Text }) {
			return nil
		}
		return s.writeAttributes(ctx, tx, who, population, clean, now)
	})
}

func (s *Store) writeAttributes(ctx context.Context, tx *db.Tx, who access.Actor, population string, texts []string, now time.Time) error {
	list, err := json.Marshal(texts)
	if err != nil {
		return err
	}
	id, salt := newID(), ledger.Salt()
	_, err = tx.Exec(ctx, `INSERT INTO sample_attribute (org, id, population, texts, at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		who.Org(), id, population, string(list), db.Micros(now), who.Account(), salt)
	if err != nil {
		return err
	}
	return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "sample.attributes", ID: id, Salt: salt, Payload: attributesFact{population, texts}})
}

// Mark is what somebody says of one item and one attribute.
type Mark struct {
	Item      string
	Attribute string // letter
	Result    Result
	Reason    string   // needed for an exception, and to change what was found before
	Evidence  []string // ids of evidence items; nil leaves those of before
}

// judgedFact is what the log says of a judgement.
type judgedFact struct {
	Population string   `json:"population"`
	Item       string   `json:"item"`
	Attribute  string   `json:"attribute"`
	Result     string   `json:"result"`
	Reason     string   `json:"reason"`
	Evidence   []string `json:"evidence"`
}

func judgedLeaf(org, population string, j Judgement, salt string) ledger.Leaf {
	return ledger.Leaf{Org: org, At: j.At, Actor: j.By, Kind: "sample.judged", ID: j.ID, Salt: salt,
		Payload: judgedFact{population, j.Item, j.Attribute, string(j.Result), j.Reason, append([]string{}, j.Evidence...)}}
}

const maxEvidence = 50 // items behind one judgement

// Judge writes what was found and returns how many judgements are new; all or
// none. A mark that says what was known at the moment seen says nothing new and is
// passed over. What somebody else judged after seen is not written over: that is a
// Conflict. Earlier judgements stay in the history.
func (s *Store) Judge(ctx context.Context, who access.Actor, population string, marks []Mark, seen, now time.Time) (int, error) {
	if err := who.May(access.JudgeSamples); err != nil {
		return 0, err
	}
	if len(marks) > MaxItems*maxAttributes {
		return 0, problem.New(problem.Invalid, "More judgements than a selection can have. Send those of one selection.")
	}
	now = now.UTC().Truncate(time.Microsecond)
	n := 0
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		n = 0
		p, err := find(ctx, tx, who.Org(), population)
		if err != nil {
			return err
		}
		if p.Erased() {
			return problem.New(problem.Conflict, "The rows of this population were erased. What was found stays as it is.")
		}
		sel, err := selection(ctx, tx, who.Org(), population)
		if err != nil {
			return err
		}
		history, err := judgements(ctx, tx, who.Org(), ` AND r.population = $2`, population)
		if err != nil {
			return err
		}
		w := judging{sel: sel, then: map[cell]Judgement{}, seen: seen, place: map[string]int{}}
		for _, j := range history {
			if !j.At.After(seen) {
				w.then[cell{j.Item, j.Attribute}] = j.Judgement
			}
		}
		for k, i := range sel.Items {
			w.place[i.ID] = k
		}
		in := db.Into(`sample_result (org, id, population, item, attribute, result, reason, evidence, at, account, salt)`)
		for _, m := range marks {
			j, news, err := w.judge(m)
			if err != nil {
				return err
			}
			if !news {
				continue
			}
			j.ID, j.At, j.By = newID(), now, who.Account()
			salt := ledger.Salt()
			in.Add(who.Org(), j.ID, population, j.Item, j.Attribute, string(j.Result), j.Reason, strings.Join(j.Evidence, "\n"), db.Micros(now), j.By, salt)
			if err := s.log.Append(ctx, tx, judgedLeaf(who.Org(), population, j, salt)); err != nil {
				return err
			}
			n++
		}
		return in.Insert(ctx, tx)
	})
	return n, err
}

type cell struct{ item, attribute string }

// judging checks marks against what is known.
type judging struct {
	sel   Selection
	then  map[cell]Judgement // the last of each cell at the moment seen
	seen  time.Time
	place map[string]int // of an item in the selection
}

// judge makes a judgement of a mark; news is false when it says what was known.
func (w judging) judge(m Mark) (j Judgement, news bool, err error) {
	k, ok := w.place[m.Item]
	if !ok {
		return j, false, problem.New(problem.NotFound, "There is no such item in this selection. Reload the page.")
	}
	item := w.sel.Items[k]
	where := fmt.Sprintf("Item %d, %s", item.Place, m.Attribute)
	field := "i" + fmt.Sprint(item.Place)
	if !slices.ContainsFunc(w.sel.Attributes, func(a Attribute) bool { return a.Letter == m.Attribute }) {
		return j, false, problem.Field(field, where+": there is no such attribute. Reload the page.")
	}
	if !validResult(m.Result) {
		return j, false, problem.Field(field, where+": choose pass, exception or not applicable.")
	}
	if m.Reason, err = db.Prose(field, where+": the reason", m.Reason, 2000); err != nil {
		return j, false, err
	}
	was, judged := w.then[cell{m.Item, m.Attribute}]
	if m.Evidence == nil {
		m.Evidence = was.Evidence
	}
	slices.Sort(m.Evidence)
	m.Evidence = slices.Compact(m.Evidence)
	if len(m.Evidence) > maxEvidence || slices.ContainsFunc(m.Evidence, func(id string) bool { return uuid.Validate(id) != nil }) {
		return j, false, problem.Field(field, fmt.Sprintf("%s: link at most %d evidence items, by their ids.", where, maxEvidence))
	}
	if m.Result == was.Result && slices.Equal(m.Evidence, was.Evidence) && (m.Reason == "" || m.Reason == was.Reason || !judged) {
		return j, false, nil
	}
	switch last := item.Found[m.Attribute]; {
	case last.At.After(w.seen) && (last.Result != m.Result || last.Reason != m.Reason):
		return j, false, problem.New(problem.Conflict, "%s judged item %d, %s, after you opened the page. Open it again to see what they found.", orSomebody(last.ByName), item.Place, m.Attribute)
	case item.ReplacedBy != "":
		return j, false, problem.Field(field, fmt.Sprintf("Item %d was replaced and is judged no more.", item.Place))
	case m.Result == Exception && m.Reason == "" && was.Result == Exception:
		m.Reason = was.Reason
	case m.Result == Exception && m.Reason == "":
		return j, false, problem.Field(field, where+": say in a sentence what was not as described.")
	case judged && was.Result != Open && m.Result != was.Result && m.Reason == "":
		return j, false, problem.Field(field, where+": it was judged before. Say why that changes; both stay in the history.")
	}
	return Judgement{Item: m.Item, Attribute: m.Attribute, Result: m.Result, Reason: m.Reason, Evidence: m.Evidence}, true, nil
}

func orSomebody(name string) string {
	if name == "" {
		return "Somebody"
	}
	return name
}
