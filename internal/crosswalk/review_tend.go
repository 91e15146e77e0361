package crosswalk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/job"
)

// TendEvery is how often the job runs.
const TendEvery = time.Hour

// Work is the job that opens yearly reviews and looks for changed texts.
type Work struct{}

// Kind implements job.Work.
func (Work) Kind() string { return "crosswalk.tend" }

var _ job.Work = Work{}

// Tend does what comes with the passing of time: pairs whose yearly review is due
// within thirty days are taken into a review, and so is what rests on texts of
// controls that changed. It may run as often as one likes.
func (s *Store) Tend(ctx context.Context, org string, now time.Time) error {
	if err := s.WatchTexts(ctx, org, now); err != nil {
		return err
	}
	now = now.UTC().Truncate(time.Microsecond)
	var due []PairState
	err := s.db.Read(ctx, org, func(tx *db.Tx) error {
		b, err := s.boardIn(ctx, tx, org, now)
		for _, p := range b.Pairs {
			if !p.Open && (p.Freshness == SoonDue || p.Freshness == ReviewLate) {
				due = append(due, p)
			}
		}
		return err
	})
	if err != nil || len(due) == 0 {
		return err
	}
	return s.db.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		var list []Trigger
		for _, p := range due {
			list = append(list, yearOf(p, p.Next.String()))
		}
		return s.doubt(ctx, tx, org, "", list, now)
	})
}

// watched is the name under which the moment is kept up to which texts were read.
const watched = "texts"

// WatchTexts puts in doubt what rests on texts of controls that came into force
// changed since it last ran. The first time it only notes the moment: what was
// changed before is for the yearly review.
func (s *Store) WatchTexts(ctx context.Context, org string, now time.Time) error {
	now = now.UTC().Truncate(time.Microsecond)
	return s.db.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT at FROM crosswalk_watch WHERE org = $1 AND id = $2`, org, watched)
		if err != nil {
			return err
		}
		since := int64(-1)
		if err := db.Each(rows, func(scan func(...any) error) error { return scan(&since) }); err != nil {
			return err
		}
		if since < 0 {
			_, err := tx.Exec(ctx, `INSERT INTO crosswalk_watch (org, id, at) VALUES ($1, $2, $3)`, org, watched, db.Micros(now))
			return err
		}
		list, err := changedTexts(ctx, tx, org, since, db.Micros(now))
		if err != nil || len(list) == 0 {
			return err
		}
		if err := s.doubt(ctx, tx, org, "", list, now); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE crosswalk_watch SET at = $3 WHERE org = $1 AND id = $2`, org, watched, db.Micros(now))
		return err
	})
}

// textVersion is a version as far as its text goes.
type textVersion struct {
	control, code string
	number        int
	from          int64 // when it came into force
	title, text   string
}

// changedTexts returns a trigger for each control whose text in force became
// another one after since and not after until.
func changedTexts(ctx context.Context, tx *db.Tx, org string, since, until int64) ([]Trigger, error) {
	rows, err := tx.Query(ctx, `
		SELECT v.control, c.code, v.number, v.at, v.approved_at, v.content FROM control_version v JOIN control c ON c.org = v.org AND c.id = v.control
		WHERE v.org = $1 AND v.approval IN ('', 'approved') AND v.control IN (
			SELECT x.control FROM control_version x WHERE x.org = $1 AND x.number > 1 AND x.approval IN ('', 'approved') AND (x.at > $2 OR x.approved_at > $2))`, org, since)
	if err != nil {
		return nil, err
	}
	var all []textVersion
	err = db.Each(rows, func(scan func(...any) error) error {
		var v textVersion
		var at, approved int64
		var raw string
		if err := scan(&v.control, &v.code, &v.number, &at, &approved, &raw); err != nil {
			return err
		}
		var c struct{ Title, Statement string }
		if err := json.Unmarshal([]byte(raw), &c); err != nil {
			return fmt.Errorf("a version of a control cannot be read: %w", err)
		}
		v.from, v.title, v.text = max(at, approved), c.Title, c.Statement
		all = append(all, v)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b textVersion) int {
		if c := control.CompareCodes(a.code, b.code); c != 0 || a.control != b.control {
			return c
		}
		if a.from != b.from {
			return int(min(max(a.from-b.from, -1), 1))
		}
		return a.number - b.number
	})
	return textTriggers(all, since, until), nil
}

// textTriggers makes a trigger of the last change of each control; versions come
// by control, the oldest first.
func textTriggers(all []textVersion, since, until int64) []Trigger {
	var out []Trigger
	for i := 1; i < len(all); i++ {
		was, is := all[i-1], all[i]
		if was.control != is.control || is.from <= since || is.from > until || was.title == is.title && was.text == is.text {
			continue
		}
		t := Trigger{Kind: OfText, ID: is.control, Key: "text:" + is.control + ":" + strconv.Itoa(is.number), Words: "The text of " + is.code + " changed", Name: is.code, Controls: []string{is.control}}
		if n := len(out); n > 0 && out[n-1].ID == is.control {
			out[n-1] = t
		} else {
			out = append(out, t)
		}
	}
	return out
}
