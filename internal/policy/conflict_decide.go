package policy

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

// Choice is what was decided about a conflict. The values are stored.
type Choice string

const (
	OneGoverns  Choice = "governs"     // one of the two holds, the other is not followed
	Consolidate Choice = "consolidate" // somebody makes the two say the same, by a day
	NoConflict  Choice = "no_conflict" // they speak of different things, for a reason
	TakenBack   Choice = "withdrawn"   // what was decided before holds no longer
)

// Pair names a conflict: two documents and what they differ about. For a policy
// that is looser than a control, Second is the id of the control.
type Pair struct {
	First, Second string // ids, First the smaller of two policies
	Subject       string
	Property      Property
	Values        [2]string // in the order of First and Second
}

// Decision is what a person said about a conflict. It holds until another one
// follows, or until either side says something else.
type Decision struct {
	ID string
	Pair
	Choice    Choice
	Governing string       // id of the policy that holds, for OneGoverns
	Owner     string       // person, for Consolidate
	OwnerName string       // filled in when read
	Due       cadence.Date // for Consolidate
	Reason    string
	By        string // account
	ByName    string // filled in when read
	At        time.Time
}

// TaskConsolidate is the kind of task that asks a person to make two documents say
// the same; its subject is a conflict, named as Pair.Key does.
const (
	TaskConsolidate = "policy.consolidate"
	SubjectConflict = "policy.conflict"

	conflictKind = "policy.conflict"
)

// Key is the pair as one text, the same as long as both documents speak of the
// subject, whatever they say of it.
func (p Pair) Key() string {
	return p.First + " " + p.Second + " " + p.Subject + " " + string(p.Property)
}

// pairOf names a conflict. Conflicts of files have no pair.
func pairOf(c Conflict) Pair {
	p := Pair{First: c.Documents[0].Policy, Second: c.Documents[1].Policy, Subject: c.Subject, Property: c.Property, Values: c.Values}
	if c.Kind == TooLoose {
		p.Second = c.Control
	} else if p.Second < p.First {
		p.First, p.Second = p.Second, p.First
		p.Values[0], p.Values[1] = p.Values[1], p.Values[0]
	}
	if c.Property == Definition {
		for i := range p.Values {
			p.Values[i] = meaning(p.Values[i])
		}
	}
	return p
}

// conflictFact is what the log says of a decision.
type conflictFact struct {
	First     string    `json:"first"`
	Second    string    `json:"second"`
	Subject   string    `json:"subject"`
	Property  Property  `json:"property"`
	Values    [2]string `json:"values"`
	Choice    Choice    `json:"choice"`
	Governing string    `json:"governing,omitempty"`
	Owner     string    `json:"owner,omitempty"`
	Due       string    `json:"due,omitempty"`
	Reason    string    `json:"reason"`
}

// checked returns the decision as it is kept, or the problem with it.
func (d Decision) checked(today cadence.Date) (Decision, error) {
	d.Reason = strings.TrimSpace(d.Reason)
	if d.Choice != Consolidate {
		d.Owner, d.Due = "", 0
	}
	if d.Choice != OneGoverns {
		d.Governing = ""
	}
	switch {
	case len(d.Reason) > maxReason:
		return d, problem.Field("reason", fmt.Sprintf("The reason is longer than %d characters. Shorten it.", maxReason))
	case d.Choice == OneGoverns && d.Governing == "":
		return d, problem.Field("governing", "Choose which of the two documents holds.")
	case d.Choice == OneGoverns && d.Governing != d.First && d.Governing != d.Second:
		return d, problem.Field("governing", "Choose one of the two documents that contradict each other.")
	case d.Choice == Consolidate && known(d.Owner) == "":
		return d, problem.Field("owner", "Choose who makes the two documents say the same.")
	case d.Choice == Consolidate && !d.Due.Known():
		return d, problem.Field("due", "Say by which day the two documents say the same.")
	case d.Choice == Consolidate && d.Due < today:
		return d, problem.Field("due", "This day is over. Choose today or a later one.")
	case d.Choice == Consolidate && d.Due > today+730:
		return d, problem.Field("due", "Two years is the longest a contradiction may wait. Choose an earlier day.")
	case (d.Choice == NoConflict || d.Choice == OneGoverns || d.Choice == TakenBack) && d.Reason == "":
		return d, problem.Field("reason", "Say why, in a sentence: an auditor will ask.")
	case !slices.Contains([]Choice{OneGoverns, Consolidate, NoConflict, TakenBack}, d.Choice):
		return d, problem.Field("choice", "Choose what is decided: which one holds, that they are made one, or that there is no conflict.")
	}
	return d, nil
}

// DecideConflicts records decisions in one go, such as about all documents that
// differ from one. Pair, Choice and what the choice needs are given; the rest is
// filled in. It returns a Conflict problem when one of them does not stand as it was
// shown. The tasks of earlier decisions end, and Consolidate makes one for its owner.
func (s *Store) DecideConflicts(ctx context.Context, who access.Actor, list []Decision, beats []Beat, now time.Time) error {
	if err := who.May(access.DecideConflicts); err != nil {
		return err
	}
	if len(list) == 0 || len(list) > 1000 {
		return problem.New(problem.Invalid, "Choose at least one conflict, and at most 1,000 at once.")
	}
	now = moment(now)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		zones, err := access.Days(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		clashes, err := clashesIn(ctx, tx, who.Org(), beats)
		if err != nil {
			return err
		}
		for _, d := range list {
			at := slices.IndexFunc(clashes, func(c Clash) bool { return c.Pair == d.Pair })
			if at < 0 {
				return problem.New(problem.Conflict, "One of these documents says something else by now. Open the page again and decide about what it says.")
			}
			if d.Choice == OneGoverns && clashes[at].Kind == TooLoose {
				return problem.Field("choice", "A policy cannot outrank what a framework asks of a control. Have it corrected by a day, or say why there is no conflict.")
			}
			d.ID, d.By, d.At = newID(), who.Account(), now
			if d, err = d.checked(zones.DateOf(now)); err != nil {
				return err
			}
			if err := s.writeDecision(ctx, tx, who, d, clashes[at], now); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) writeDecision(ctx context.Context, tx *db.Tx, who access.Actor, d Decision, c Clash, now time.Time) error {
	salt := ledger.Salt()
	_, err := tx.Exec(ctx, `
		INSERT INTO policy_conflict_decision (org, id, first, second, subject, property, first_value, second_value, choice, governing, owner, due, reason, at, account, salt)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		who.Org(), d.ID, d.First, d.Second, d.Subject, string(d.Property), d.Values[0], d.Values[1], string(d.Choice), d.Governing, orNull(d.Owner), d.Due, d.Reason, db.Micros(now), who.Account(), salt)
	if err != nil {
		return err
	}
	due := ""
	if d.Due.Known() {
		due = d.Due.String()
	}
	fact := conflictFact{d.First, d.Second, d.Subject, d.Property, d.Values, d.Choice, d.Governing, d.Owner, due, d.Reason}
	if err := s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: conflictKind, ID: d.ID, Salt: salt, Payload: fact}); err != nil {
		return err
	}
	about := task.Subject{Kind: SubjectConflict, ID: d.Key(), Words: Words().Label(d.Subject)}
	if _, err := task.Close(ctx, tx, s.log, who.Org(), who.Account(), task.Closing{Kind: TaskConsolidate, Subject: about, State: task.Cancelled, Reason: "It was decided again.", Quiet: true}, now); err != nil {
		return err
	}
	if d.Choice != Consolidate {
		return nil
	}
	_, err = task.Put(ctx, tx, who.Org(), who.Account(), task.New{Assignee: task.Assignee{Person: d.Owner}, Kind: TaskConsolidate, Subject: about,
		Title: fmt.Sprintf("Make %s and %s agree", c.Documents[0].Title, c.Documents[1].Title), Due: d.Due}, now)
	return err
}

// readDecisions returns the last decision about each pair made up to a moment, by
// the key of the pair.
func readDecisions(ctx context.Context, tx *db.Tx, org string) (map[string][]Decision, error) {
	rows, err := tx.Query(ctx, `
		SELECT d.id, d.first, d.second, d.subject, d.property, d.first_value, d.second_value, d.choice, d.governing, d.owner, coalesce(p.name, ''), d.due, d.reason, d.at, d.account, coalesce(a.name, '')
		FROM policy_conflict_decision d LEFT JOIN person p ON p.org = d.org AND p.id = d.owner LEFT JOIN account a ON a.id = d.account
		WHERE d.org = $1 ORDER BY d.at DESC, d.id DESC`, org)
	if err != nil {
		return nil, err
	}
	out := map[string][]Decision{}
	return out, db.Each(rows, func(scan func(...any) error) error {
		var d Decision
		var owner sql.NullString
		var at int64
		err := scan(&d.ID, &d.First, &d.Second, &d.Subject, &d.Property, &d.Values[0], &d.Values[1], &d.Choice, &d.Governing, &owner, &d.OwnerName, &d.Due, &d.Reason, &at, &d.By, &d.ByName)
		d.Owner, d.At = owner.String, db.Time(at)
		out[d.Key()] = append(out[d.Key()], d)
		return err
	})
}
