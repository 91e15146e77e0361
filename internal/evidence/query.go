package evidence

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

const itemColumns = `i.id, i.title, i.note, i.kind, i.captured_at, i.filed_at, i.filed_by, i.period_from, i.period_to, i.lapses_at, i.source, i.collector, i.version, i.links,
	coalesce(i.supersedes, ''), coalesce(i.request, ''), i.review, i.reviewed_by, i.reviewed_at, i.review_note, i.superseded_by, i.superseded_at, i.erased_at, i.erased_by, i.erased_for`

func scanItem(from func(...any) error) (Item, error) {
	var i Item
	var captured, filed, lapses, reviewed, superseded int64
	var erased Tombstone
	var erasedAt int64
	var links string
	var periodFrom, periodTo int32
	err := from(&i.ID, &i.Title, &i.Note, &i.Kind, &captured, &filed, &i.FiledBy, &periodFrom, &periodTo, &lapses, &i.Source, &i.Collector, &i.Version, &links,
		&i.Supersedes, &i.Request, &i.Review, &i.ReviewedBy, &reviewed, &i.ReviewNote, &i.SupersededBy, &superseded, &erasedAt, &erased.By, &erased.Reason)
	if err != nil {
		return i, err
	}
	i.CapturedAt, i.FiledAt, i.ReviewedAt, i.SupersededAt = db.Time(captured), db.Time(filed), db.Time(reviewed), db.Time(superseded)
	i.Period = cadence.Days{From: cadence.Date(periodFrom), To: cadence.Date(periodTo)}
	if lapses != 0 {
		i.ValidFor = db.Time(lapses).Sub(i.CapturedAt)
	}
	if erasedAt != 0 {
		erased.At = db.Time(erasedAt)
		i.Erased = &erased
	}
	if links != "" {
		err = json.Unmarshal([]byte(links), &i.Links)
	}
	if len(i.Links) == 0 {
		i.Links = nil
	}
	return i, err
}

// readItem reads one item with its files and tags.
func readItem(ctx context.Context, tx *db.Tx, org, id string) (Item, error) {
	i, err := scanItem(tx.QueryRow(ctx, `SELECT `+itemColumns+` FROM evidence_item i WHERE i.org = $1 AND i.id = $2`, org, known(id)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return i, errNoItem()
	}
	if err != nil {
		return i, err
	}
	list := []Item{i}
	err = complete(ctx, tx, org, list)
	return list[0], err
}

// complete reads files and tags of items, a statement each.
func complete(ctx context.Context, tx *db.Tx, org string, items []Item) error {
	if len(items) == 0 {
		return nil
	}
	at := map[string]*Item{}
	args := []any{org}
	var in strings.Builder
	for n := range items {
		at[items[n].ID] = &items[n]
		args = append(args, items[n].ID)
		fmt.Fprintf(&in, ", $%d", len(args))
	}
	list := in.String()[2:]
	rows, err := tx.Query(ctx, `SELECT id, name, media, bytes, sha256 FROM evidence_file WHERE org = $1 AND id IN (`+list+`) ORDER BY id, n`, args...)
	if err != nil {
		return err
	}
	err = db.Each(rows, func(scan func(...any) error) error {
		var id string
		var f File
		if err := scan(&id, &f.Name, &f.Media, &f.Bytes, &f.SHA256); err != nil {
			return err
		}
		at[id].Files = append(at[id].Files, f)
		return nil
	})
	if err != nil {
		return err
	}
	rows, err = tx.Query(ctx, `SELECT t.item, coalesce(t.control, ''), t.framework, t.requirement, t.from_at, t.account FROM evidence_tag t
		LEFT JOIN control c ON c.org = t.org AND c.id = t.control
		WHERE t.org = $1 AND t.item IN (`+list+`) AND t.to_at IS NULL ORDER BY t.item, CASE WHEN t.control IS NULL THEN 1 ELSE 0 END, c.code_key, t.framework, t.requirement`, args...)
	if err != nil {
		return err
	}
	return db.Each(rows, func(scan func(...any) error) error {
		var id string
		var t Tag
		var from int64
		if err := scan(&id, &t.Control, &t.Requirement.Framework, &t.Requirement.ID, &from, &t.By); err != nil {
			return err
		}
		t.At = db.Time(from)
		at[id].Tags = append(at[id].Tags, t)
		return nil
	})
}

// Find returns one item; what is left of it, if it was erased. Who may only answer
// requests finds what he or she filed.
func (s *Store) Find(ctx context.Context, who access.Actor, id string) (Item, error) {
	if !who.Can(access.ViewEvidence) && !who.Can(access.AnswerRequests) {
		return Item{}, who.May(access.ViewEvidence)
	}
	var i Item
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		i, err = readItem(ctx, tx, who.Org(), id)
		return err
	})
	if err == nil && !who.Can(access.ViewEvidence) && i.FiledBy != who.Account() {
		return Item{}, errNoItem()
	}
	return i, err
}

// Filter chooses items; an empty field chooses all. Superseded and erased ones
// are left out unless they are asked for.
type Filter struct {
	Control      string        // id; what was offered for controls merged into it counts
	Requirement  framework.Ref // offered for it directly; with an empty ID: for any of the framework
	Through      bool          // or offered for a control that is linked to it now
	Kind         string
	Source       Source
	Review       *Review // nil: whatever was said
	Text         string  // in title and note, in whatever case
	FiledBy      string  // account id
	CapturedFrom time.Time
	CapturedTo   time.Time // this moment itself is not part of it
	FiledFrom    time.Time
	FiledTo      time.Time
	LapsesBefore time.Time // and is not lapsed yet
	Lapsed       bool      // no longer current
	Current      bool      // stands and may be relied on now
	Untagged     bool      // offered for nothing
	Superseded   bool      // those as well
	Erased       bool      // what is left of those as well

	SupersededOnly bool
	ErasedOnly     bool // corrected before or not

	After string // cursor of the page before
	Limit int    // 50 unless said; at most 500
}

// Page is a part of a list, the newest filed first.
type Page struct {
	Items []Item
	Next  string // cursor of the next page; empty on the last
	Total int    // of all pages, up to CountedTo
	More  bool   // there are more than Total
}

// CountedTo is how many items a list counts: beyond it, the number says nothing
// to a reader and costs as much as the list.
const CountedTo = 10_000

// where gathers conditions and their arguments.
type where struct {
	sql  strings.Builder
	args []any
}

func (w *where) and(condition string, args ...any) {
	for _, a := range args {
		w.args = append(w.args, a)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(w.args)), 1)
	}
	w.sql.WriteString(" AND " + condition)
}

func (f Filter) where(org string, now time.Time) *where {
	w := &where{args: []any{org}}
	if f.Control != "" {
		// those of one control are few among all, so they are looked up first; with it
		// come those of controls that were merged into it
		w.and(`i.id IN (SELECT t.item FROM evidence_tag t WHERE t.org = $1 AND t.to_at IS NULL AND t.control IN (
			WITH RECURSIVE line (id) AS (SELECT CAST(? AS TEXT) UNION SELECT r.control FROM line JOIN retirement r ON r.org = $1 AND r.successor = line.id AND r.to_at IS NULL)
			SELECT id FROM line))`, f.Control)
	}
	f.towards(w)
	if f.Kind != "" {
		w.and(`i.kind = ?`, f.Kind)
	}
	if f.Source != "" {
		w.and(`i.source = ?`, string(f.Source))
	}
	if f.Review != nil && *f.Review == Unreviewed {
		w.and(`i.review = ''`)
	} else if f.Review != nil {
		w.and(`i.review = ?`, string(*f.Review))
	}
	if text := strings.ToLower(strings.TrimSpace(f.Text)); text != "" {
		w.and(`i.search LIKE ? ESCAPE '\'`, "%"+strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)+"%")
	}
	if f.FiledBy != "" {
		w.and(`i.filed_by = ?`, f.FiledBy)
	}
	for _, x := range []struct {
		condition string
		at        time.Time
	}{{`i.captured_at >= ?`, f.CapturedFrom}, {`i.captured_at < ?`, f.CapturedTo}, {`i.filed_at >= ?`, f.FiledFrom}, {`i.filed_at < ?`, f.FiledTo}} {
		if !x.at.IsZero() {
			w.and(x.condition, db.Micros(x.at))
		}
	}
	if !f.LapsesBefore.IsZero() {
		w.and(`i.lapses_at > 0 AND i.lapses_at > ? AND i.lapses_at < ?`, db.Micros(now), db.Micros(f.LapsesBefore))
	}
	if f.Lapsed {
		w.and(`i.lapses_at > 0 AND i.lapses_at <= ?`, db.Micros(now))
	}
	if f.Current {
		w.and(`i.review <> 'rejected' AND i.captured_at <= ? AND (i.lapses_at = 0 OR i.lapses_at > ?)`, db.Micros(now), db.Micros(now))
	}
	if f.Untagged {
		w.and(`i.tags = 0`)
	}
	if f.SupersededOnly {
		w.and(`i.superseded_by <> ''`)
	} else if !f.Superseded && !f.ErasedOnly { // what was corrected before it was erased is erased all the same
		w.and(`i.superseded_by = ''`)
	}
	if f.ErasedOnly {
		w.and(`i.erased_at > 0`)
	} else if !f.Erased {
		w.and(`i.erased_at = 0`)
	}
	return w
}

// towards keeps what is offered for a requirement, or for any of a framework.
func (f Filter) towards(w *where) {
	if f.Requirement.Framework == "" {
		return
	}
	args := []any{f.Requirement.Framework}
	which := func(table string) string { return table + `.framework = ?` }
	if f.Requirement.ID != "" {
		args = append(args, f.Requirement.ID)
		which = func(table string) string { return table + `.framework = ? AND ` + table + `.requirement = ?` }
	}
	direct := `i.id IN (SELECT t.item FROM evidence_tag t WHERE t.org = $1 AND t.to_at IS NULL AND t.control IS NULL AND ` + which("t") + `)`
	if !f.Through {
		w.and(direct, args...)
		return
	}
	w.and(`(`+direct+` OR i.id IN (SELECT t.item FROM link l JOIN evidence_tag t ON t.org = l.org AND t.control = l.control AND t.to_at IS NULL
		WHERE l.org = $1 AND l.to_at IS NULL AND `+which("l")+`))`, append(args, args...)...)
}

// order is the order of a page. Items are read in it, until the page is full,
// unless few are looked for: then the plus keeps SQLite from reading all of them
// in that order for the sake of the few.
func (f Filter) order() string {
	if f.Control != "" || f.Requirement.ID != "" || !f.LapsesBefore.IsZero() {
		return ` ORDER BY +i.filed_at DESC, i.id DESC`
	}
	return ` ORDER BY i.filed_at DESC, i.id DESC`
}

const fromItems = ` FROM evidence_item i WHERE i.org = $1`

// cursor says where a page ends: the moment of filing and the id of its last item.
func cursor(i Item) string { return strconv.FormatInt(db.Micros(i.FiledAt), 36) + "." + i.ID }

func parseCursor(s string) (int64, string, error) {
	at, id, ok := strings.Cut(s, ".")
	us, err := strconv.ParseInt(at, 36, 64)
	if !ok || err != nil || known(id) == "" {
		return 0, "", problem.Field("after", "This is no place in the list. Open the list from its beginning.")
	}
	return us, id, nil
}

// List returns a page of the items that pass the filter, the newest filed first.
func (s *Store) List(ctx context.Context, who access.Actor, f Filter, now time.Time) (Page, error) {
	if err := who.May(access.ViewEvidence); err != nil {
		return Page{}, err
	}
	if _, err := db.Line("text", "The text to look for", f.Text, 200); err != nil {
		return Page{}, err
	}
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 500)
	var p Page
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		all := f.where(who.Org(), now)
		err := tx.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1`+fromItems+all.sql.String()+` LIMIT `+strconv.Itoa(CountedTo+1)+`) x`, all.args...).Scan(&p.Total)
		if err != nil {
			return err
		}
		if p.Total > CountedTo {
			p.Total, p.More = CountedTo, true
		}
		w := f.where(who.Org(), now)
		if f.After != "" {
			at, id, err := parseCursor(f.After)
			if err != nil {
				return err
			}
			w.and(`(i.filed_at, i.id) < (?, ?)`, at, id)
		}
		rows, err := tx.Query(ctx, `SELECT `+itemColumns+fromItems+w.sql.String()+f.order()+` LIMIT `+strconv.Itoa(limit+1), w.args...)
		if err != nil {
			return err
		}
		err = db.Each(rows, func(scan func(...any) error) error {
			i, err := scanItem(scan)
			p.Items = append(p.Items, i)
			return err
		})
		if err != nil {
			return err
		}
		if len(p.Items) > limit {
			p.Items = p.Items[:limit]
			p.Next = cursor(p.Items[limit-1])
		}
		return complete(ctx, tx, who.Org(), p.Items)
	})
	return p, err
}

// Counts are the numbers above the library. Superseded and erased items are in
// none but their own.
type Counts struct {
	All        int
	Current    int // neither rejected nor lapsed
	Unreviewed int // nobody said anything of them yet
	Untagged   int // offered for nothing
	Lapsing    int // within 30 days
	Lapsed     int
	Rejected   int
	Superseded int
	Erased     int
}

// LapsesSoon is how long before its lapse an item is counted as lapsing.
const LapsesSoon = 30 * 24 * time.Hour

// Counts counts the items that stand.
func (s *Store) Counts(ctx context.Context, who access.Actor, now time.Time) (Counts, error) {
	if err := who.May(access.ViewEvidence); err != nil {
		return Counts{}, err
	}
	var c Counts
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		err := tx.QueryRow(ctx, `SELECT count(*), coalesce(sum(CASE WHEN review = '' THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN tags = 0 THEN 1 ELSE 0 END), 0),
			coalesce(sum(CASE WHEN lapses_at > $2 AND lapses_at < $3 THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN lapses_at > 0 AND lapses_at <= $2 THEN 1 ELSE 0 END), 0),
			coalesce(sum(CASE WHEN review = 'rejected' THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN review <> 'rejected' AND (lapses_at = 0 OR lapses_at > $2) THEN 1 ELSE 0 END), 0)
			FROM evidence_item WHERE org = $1 AND superseded_by = '' AND erased_at = 0`, who.Org(), db.Micros(now), db.Micros(now.Add(LapsesSoon))).
			Scan(&c.All, &c.Unreviewed, &c.Untagged, &c.Lapsing, &c.Lapsed, &c.Rejected, &c.Current)
		if err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT coalesce(sum(CASE WHEN erased_at = 0 THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN erased_at > 0 THEN 1 ELSE 0 END), 0)
			FROM evidence_item WHERE org = $1 AND (superseded_by <> '' OR erased_at > 0)`, who.Org()).Scan(&c.Superseded, &c.Erased)
	})
	return c, err
}
