package device

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/wire"
)

// delivery is one that waits to be stored.
type delivery struct {
	d    wire.Delivery
	key  string // that it is signed with
	now  time.Time
	done chan struct{}

	receipt wire.Receipt
	err     error
}

// committer stores the deliveries of an organisation in groups: while one group is
// being synced to disk the next one fills, so it waits for nothing.
type committer struct {
	s   *Store
	org string

	mu      sync.Mutex
	queue   []*delivery
	reports int // of the queue
	running bool
}

const (
	groupLen   = 500    // deliveries in one transaction
	groupQueue = 20_000 // that may wait

	groupReports = 100_000 // of those that wait: a delivery has 64 at most, and most have one
)

func (c *committer) put(d *delivery) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) >= groupQueue || c.reports >= groupReports {
		return problem.New(problem.Busy, "More devices report than Toucan can store right now. Try again in a few seconds.")
	}
	c.queue = append(c.queue, d)
	c.reports += len(d.d.Reports)
	if !c.running {
		c.running = true
		go c.run()
	}
	return nil
}

func (c *committer) run() {
	for {
		c.mu.Lock()
		n := min(len(c.queue), groupLen)
		if n == 0 {
			c.running, c.queue = false, nil
			c.mu.Unlock()
			return
		}
		group := slices.Clone(c.queue[:n])
		clear(c.queue[:n])
		c.queue = c.queue[n:]
		for _, d := range group {
			c.reports -= len(d.d.Reports)
		}
		c.mu.Unlock()
		c.store(context.Background(), group)
		for _, d := range group {
			close(d.done)
		}
	}
}

// store keeps a group: first those that bring nothing new, which change no revision,
// then the others. If a group with news fails, each of it is tried by itself, so that
// one device does not hold up the others.
func (c *committer) store(ctx context.Context, group []*delivery) {
	var rest []*delivery
	c.s.count.commits.Add(1)
	err := c.s.DB.Note(ctx, c.org, db.Devices, func(ctx context.Context, tx *db.Tx) (err error) {
		rest, err = c.quiet(ctx, tx, group)
		return err
	})
	if err != nil {
		fail(group, err)
		return
	}
	c.s.count.quiet.Add(int64(len(group) - len(rest)))
	if len(rest) == 0 {
		return
	}
	err = c.write(ctx, rest)
	if err == nil || problem.Of(err).Code == problem.Busy || len(rest) == 1 {
		fail(rest, err)
		return
	}
	for _, d := range rest {
		fail([]*delivery{d}, c.write(ctx, []*delivery{d}))
	}
}

func fail(group []*delivery, err error) {
	for _, d := range group {
		if err != nil {
			d.receipt, d.err = wire.Receipt{}, err
		}
	}
}

func (c *committer) write(ctx context.Context, group []*delivery) error {
	c.s.count.commits.Add(1)
	return c.s.DB.Write(ctx, c.org, db.Devices, func(ctx context.Context, tx *db.Tx) error {
		return c.news(ctx, tx, group)
	})
}

func idsOf(group []*delivery) []string {
	ids := make([]string, len(group))
	for i, d := range group {
		ids[i] = string(d.d.Device)
	}
	return slices.Compact(slices.Sorted(slices.Values(ids)))
}

// row is what a report that brings nothing new has to be compared with.
type row struct {
	source
	text  string // words, as stored
	state State
	key   string
	busy  bool // an earlier delivery of the group brings news of it
}

// quiet stores the deliveries that bring nothing new and returns the others. It reads
// one row of each device and writes the same.
func (c *committer) quiet(ctx context.Context, tx *db.Tx, group []*delivery) ([]*delivery, error) {
	rows, err := c.rows(ctx, tx, idsOf(group))
	if err != nil {
		return nil, err
	}
	settings, err := readSettings(ctx, tx, c.org)
	if err != nil {
		return nil, err
	}
	var rest []*delivery
	touched := map[wire.ID]*row{}
	for _, d := range group {
		d.receipt, d.err = wire.Receipt{}, nil
		r := rows[d.d.Device]
		switch {
		case r == nil || r.state != InUse || r.key != d.key:
			d.err = errStale
			continue
		case r.busy:
			rest = append(rest, d)
			continue
		}
		t := accept(r.source, d.d)
		switch {
		case t.again:
			if t.alive {
				r.seen, r.sent = max(r.seen, db.Micros(d.now)), d.d.SentAt
				touched[d.d.Device] = r
			}
		case t.code != "" && !t.copied:
			d.err = &Refused{Code: t.code}
			continue
		case t.code != "" || !r.nothingNew(t, d):
			r.busy = true
			rest = append(rest, d)
			continue
		default:
			r.hear(t, d)
			r.batch = ""
			touched[d.d.Device] = r
		}
		d.receipt = r.receipt(d.d.Device, settings.Settings)
	}
	return rest, touch(ctx, tx, c.org, touched)
}

// nothingNew reports whether the device only says what it said before, in time.
func (r *row) nothingNew(t taken, d *delivery) bool {
	if t.gap != 0 || r.build != d.d.Build || r.seen == 0 || r.seen+staleAfter <= db.Micros(d.now) {
		return false
	}
	for _, rep := range t.fresh {
		if formatWords(wordsOf(rep.Results)) != r.text {
			return false
		}
	}
	return true
}

// hear notes that a delivery came.
func (s *source) hear(t taken, d *delivery) {
	newest := t.fresh[len(t.fresh)-1]
	s.seq, s.hash, s.sent, s.build = newest.Seq, newest.Hash(), d.d.SentAt, d.d.Build
	s.filed = db.Micros(d.now)
	s.seen = max(s.seen, s.filed)
	s.skew = min(max(d.d.SentAt-d.now.Unix(), -skewMost), skewMost)
	s.gaps = min(s.gaps+t.gap, 1e9)
}

const skewMost = 200 * 366 * 24 * 3600 // seconds; no clock is worse

func (c *committer) rows(ctx context.Context, tx *db.Tx, ids []string) (map[wire.ID]*row, error) {
	out := make(map[wire.ID]*row, len(ids))
	end := ``
	if tx.Engine() == "postgres" {
		end = ` FOR UPDATE OF s`
	}
	args := []any{c.org}
	places := db.Among(&args, ids)
	return out, query(ctx, tx, `
		SELECT s.device, s.seen_at, s.filed_at, s.sent_at, s.seq, s.hash, s.batch, s.build, s.skew, s.gaps, s.trouble, s.verdicts, d.state, k.key
		FROM device_source s JOIN device d ON d.org = s.org AND d.id = s.device JOIN device_key k ON k.org = s.org AND k.device = s.device AND k.to_at = 0
		WHERE s.org = $1 AND s.kind = 'agent' AND s.connection = '' AND s.device IN (`+places+`) ORDER BY s.device`+end, args, func(scan func(...any) error) error {
		r := &row{source: source{kind: Agent}}
		var id wire.ID
		var seq int64
		err := scan(&id, &r.seen, &r.filed, &r.sent, &seq, &r.hash, &r.batch, &r.build, &r.skew, &r.gaps, &r.trouble, &r.text, &r.state, &r.key)
		r.seq = uint64(seq)
		out[id] = r
		return err
	})
}

// touch writes what every report brings.
func touch(ctx context.Context, tx *db.Tx, org string, rows map[wire.ID]*row) error {
	ids := make([]wire.ID, 0, len(rows))
	for id := range rows {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for part := range slices.Chunk(ids, chunk) {
		args := []any{org}
		var b strings.Builder
		b.WriteString(`UPDATE device_source SET seen_at = v.column2, filed_at = v.column3, sent_at = v.column4, seq = v.column5, hash = v.column6, batch = v.column7, skew = v.column8 FROM (VALUES `)
		for i, id := range part {
			if i > 0 {
				b.WriteString(", ")
			}
			r, n := rows[id], len(args)
			fmt.Fprintf(&b, "(CAST($%d AS TEXT), CAST($%d AS BIGINT), CAST($%d AS BIGINT), CAST($%d AS BIGINT), CAST($%d AS BIGINT), CAST($%d AS TEXT), CAST($%d AS TEXT), CAST($%d AS BIGINT))", n+1, n+2, n+3, n+4, n+5, n+6, n+7, n+8)
			args = append(args, string(id), r.seen, r.filed, r.sent, int64(r.seq), string(r.hash), r.batch, r.skew)
		}
		b.WriteString(`) AS v WHERE device_source.org = $1 AND device_source.device = v.column1 AND device_source.kind = 'agent' AND device_source.connection = ''`)
		if _, err := tx.Exec(ctx, b.String(), args...); err != nil {
			return err
		}
	}
	return nil
}

// news stores the deliveries that bring something new, with what they change of results.
func (c *committer) news(ctx context.Context, tx *db.Tx, group []*delivery) error {
	if _, err := tx.Revision(ctx, c.org); err != nil { // before the rows, on any server, so that nobody waits in a circle
		return err
	}
	rows, err := c.rows(ctx, tx, idsOf(group)) // with their keys
	if err != nil {
		return err
	}
	list, err := load(ctx, tx, c.org, idsOf(group), true, group[0].now)
	if err != nil {
		return err
	}
	settings, err := readSettings(ctx, tx, c.org)
	if err != nil {
		return err
	}
	byID := map[string]*facts{}
	for _, f := range list {
		byID[f.id] = f
	}
	b := &batch{s: c.s, org: c.org, now: group[0].now}
	answer := map[*delivery]*source{}
	for _, d := range group {
		d.receipt, d.err = wire.Receipt{}, nil
		f, r := byID[string(d.d.Device)], rows[d.d.Device]
		if f == nil || r == nil || f.state != InUse || r.key != d.key {
			d.err = errStale
			continue
		}
		from, err := c.one(ctx, tx, b, f, d)
		if err != nil {
			return err
		}
		answer[d] = from
	}
	if err := b.store(ctx, tx, list); err != nil {
		return err
	}
	for d, from := range answer {
		if d.err == nil {
			d.receipt = from.receipt(d.d.Device, settings.Settings)
		}
	}
	return nil
}

// one enters one delivery.
func (c *committer) one(ctx context.Context, tx *db.Tx, b *batch, f *facts, d *delivery) (*source, error) {
	i := slices.IndexFunc(f.sources, func(s *source) bool { return s.kind == Agent })
	from := f.sources[i]
	t := accept(*from, d.d)
	now := db.Micros(d.now)
	switch {
	case t.again:
		if t.alive {
			from.seen, from.sent, from.isChanged = max(from.seen, now), d.d.SentAt, true
			b.tell(f, f.tell(now, 0))
		}
		return from, nil
	case t.code != "":
		d.err = &Refused{Code: t.code}
		if !t.copied {
			return from, nil
		}
		from.trouble, from.isChanged = Copied, true
		b.tell(f, f.tell(now, 0))
		return from, c.s.event(ctx, tx, c.org, "", event{device: f.id, kind: evCopied}, d.now)
	}
	if was := from.gaps; t.gap > 0 && bits(was+t.gap) != bits(was) { // 1, 2, 4, 8 ...: a device cannot fill the list
		if err := c.s.event(ctx, tx, c.org, "", event{device: f.id, kind: evGap, n: was + t.gap}, d.now); err != nil {
			return from, err
		}
	}
	at := moments(t.fresh, d.d.SentAt, max(from.seen, f.createdAt), now)
	first := from.filed == 0
	for n, r := range t.fresh {
		slack := int64(0)
		if len(t.fresh) > 1 {
			slack = staleAfter * 6 / 7 // what was found while nobody could be told is proof of that time
		}
		from.words, from.seen = wordsOf(r.Results), at[n]
		b.tell(f, f.tell(at[n], slack))
	}
	from.hear(t, d)
	from.isChanged, from.batch = true, ""
	b.tell(f, f.tell(now, 0))
	b.from[f] = from
	if first {
		return from, c.s.event(ctx, tx, c.org, "", event{device: f.id, kind: evFirst}, d.now)
	}
	return from, nil
}

func bits(n int64) int {
	out := 0
	for ; n > 0; n >>= 1 {
		out++
	}
	return out
}

// batch gathers what is to be told of devices in one transaction.
type batch struct {
	s       *Store
	org     string
	now     time.Time
	reports []result.Report
	spans   []span
	from    map[*facts]*source // whose receipts name the batch
}

// span are the reports of one device, which stay together.
type span struct {
	f *facts
	n int
}

func (b *batch) tell(f *facts, reports []result.Report) {
	if b.from == nil {
		b.from = map[*facts]*source{}
	}
	if len(reports) == 0 {
		return
	}
	b.reports = append(b.reports, reports...)
	if n := len(b.spans); n > 0 && b.spans[n-1].f == f {
		b.spans[n-1].n += len(reports)
		return
	}
	b.spans = append(b.spans, span{f, len(reports)})
}

// store tells results and writes the rows of devices.
func (b *batch) store(ctx context.Context, tx *db.Tx, list []*facts) error {
	for spans, reports := b.spans, b.reports; len(spans) > 0; {
		n, end := spans[0].n, 1
		for end < len(spans) && n+spans[end].n <= result.MaxReports {
			n += spans[end].n
			end++
		}
		p, err := b.s.Results.TellIn(ctx, tx, b.org, reports[:n], b.now)
		if err != nil {
			return err
		}
		for _, x := range spans[:end] {
			if from := b.from[x.f]; from != nil {
				from.batch = p.Batch
			}
		}
		spans, reports = spans[end:], reports[n:]
	}
	return b.s.put(ctx, tx, b.org, list)
}
