package finding

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
)

// Past is one line of what became of a finding or an action.
type Past struct {
	ID      string
	At      time.Time
	By      string // account, or empty: Toucan
	ByName  string
	Kind    string
	Words   string // one sentence
	Details string // what was written then, or empty
}

// readPast reads what became of one finding, with its actions, or of one action,
// the newest first.
func readPast(ctx context.Context, tx *db.Tx, org, column, id string) ([]Past, error) {
	names, err := personNames(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	where := `a.action = $2`
	if column == "finding" {
		where = `(a.finding = $2 OR a.action IN (SELECT x.id FROM finding_action x WHERE x.org = $1 AND x.source_kind = 'finding' AND x.source = $2))`
	}
	rows, err := tx.Query(ctx, `SELECT a.id, a.at, a.account, coalesce(c.name, ''), a.kind, a.body, coalesce(x.n, 0) FROM finding_act a LEFT JOIN account c ON c.id = a.account
		LEFT JOIN finding_action x ON x.org = a.org AND x.id = a.action WHERE a.org = $1 AND `+where+` ORDER BY a.at DESC, a.id DESC`, org, id)
	if err != nil {
		return nil, err
	}
	var out []Past
	err = db.Each(rows, func(scan func(...any) error) error {
		var p Past
		var at int64
		var body string
		var n int
		if err := scan(&p.ID, &at, &p.By, &p.ByName, &p.Kind, &body, &n); err != nil {
			return err
		}
		var f pastFact
		if err := json.Unmarshal([]byte(body), &f); err != nil {
			return fmt.Errorf("finding: the history of %s: %w", id, err)
		}
		p.At = db.Time(at)
		p.Words, p.Details = f.words(p.Kind, func(id string) string { return names[id] })
		if n > 0 && column == "finding" {
			p.Words = Action{N: n}.Code() + ": " + p.Words
		}
		out = append(out, p)
		return nil
	})
	return out, err
}

// personNames reads what everybody of the register is called.
func personNames(ctx context.Context, tx *db.Tx, org string) (map[string]string, error) {
	rows, err := tx.Query(ctx, `SELECT id, name FROM person WHERE org = $1`, org)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	err = db.Each(rows, func(scan func(...any) error) error {
		var id, name string
		err := scan(&id, &name)
		out[id] = name
		return err
	})
	return out, err
}

// pastFact holds every field any fact of this package has.
type pastFact struct {
	Title    string       `json:"title"`
	Owner    string       `json:"owner"`
	WasOwner string       `json:"was_owner"`
	Due      cadence.Date `json:"due_day"`
	WasDue   cadence.Date `json:"was_due_day"`
	Reason   string       `json:"reason"`
	Day      cadence.Date `json:"day"`
	WasDay   cadence.Date `json:"was_day"`
	Outcome  string       `json:"outcome"`

	Kind      Kind   `json:"kind"`
	Grade     Grade  `json:"grade"`
	WasKind   Kind   `json:"was_kind"`
	WasGrade  Grade  `json:"was_grade"`
	Statement string `json:"statement"`
	Worked    string `json:"worked"`
}

// words says what happened, and what was written then.
func (f pastFact) words(kind string, name func(string) string) (string, string) {
	who := func(id string) string {
		if n := name(id); n != "" {
			return n
		}
		return "nobody"
	}
	day := func(d cadence.Date) string {
		if d.Known() {
			return d.Words()
		}
		return "no day"
	}
	switch kind {
	case kindRaised:
		return fmt.Sprintf("Raised as %s, found on %s.", strings.ToLower(What(f.Kind, f.Grade)), day(f.Day)), f.Statement
	case kindChanged:
		if f.Owner != f.WasOwner {
			return fmt.Sprintf("Changed; it passed from %s to %s.", who(f.WasOwner), who(f.Owner)), f.Statement
		}
		if f.WasDay.Known() && f.WasDay != f.Day {
			return fmt.Sprintf("Changed; the day it was found was %s and is %s now.", day(f.WasDay), day(f.Day)), f.Statement
		}
		return "The text was changed.", f.Statement
	case kindGraded:
		return fmt.Sprintf("Graded as %s; it was %s.", strings.ToLower(What(f.Kind, f.Grade)), strings.ToLower(What(f.WasKind, f.WasGrade))), f.Reason
	case kindCorrected:
		return fmt.Sprintf("Corrected on %s.", day(f.Day)), f.Outcome
	case kindCause:
		return "The cause was stated.", f.Outcome
	case kindResponse:
		return "It was answered.", f.Outcome
	case kindPlanned:
		return fmt.Sprintf("%s is to check on %s whether it worked.", who(f.Owner), day(f.Day)), ""
	case kindChecked:
		if f.Worked == "yes" {
			return fmt.Sprintf("Checked on %s: it worked.", day(f.Day)), f.Outcome
		}
		return fmt.Sprintf("Checked on %s: it did not work.", day(f.Day)), f.Outcome
	case kindClosed:
		return fmt.Sprintf("Closed on %s.", day(f.Day)), f.Outcome
	case kindReopened:
		return "Opened again.", f.Outcome
	case kindCarried, kindActionCarried:
		return "Carried to another edition of a framework.", ""
	case kindActionAdded:
		return fmt.Sprintf("Entered for %s, due: %s.", who(f.Owner), day(f.Due)), ""
	case kindActionChanged:
		return "The text was changed.", f.Title
	case kindActionHanded:
		return fmt.Sprintf("Handed from %s to %s.", who(f.WasOwner), who(f.Owner)), f.Reason
	case kindActionMoved:
		return fmt.Sprintf("The day moved from %s to %s.", day(f.WasDue), day(f.Due)), f.Reason
	case kindActionDone:
		return fmt.Sprintf("Done on %s.", day(f.Day)), f.Outcome
	case kindActionDropped:
		return "Given up.", f.Outcome
	case kindActionReopened:
		return "Opened again.", f.Outcome
	}
	return strings.ReplaceAll(kind, ".", " "), ""
}
