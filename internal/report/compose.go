package report

import (
	"context"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/audit"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/standing"
)

// Config is what bundles are composed from. All of it is required.
type Config struct {
	DB       *db.DB
	Log      *ledger.Log
	Keeper   *ledger.Keeper
	Access   *access.Store
	Controls *control.Store
	Evidence *evidence.Store
	Samples  *audit.Store
	Results  *result.Store
	Standing *standing.Store
	Version  string // of Toucan
}

// Store composes bundles. It is safe for concurrent use.
type Store struct{ Config }

// New returns a store.
func New(c Config) *Store { return &Store{c} }

// Asked says what a bundle is to show.
type Asked struct {
	Reading standing.Reading // the framework, and how it is covered in design
	Window  cadence.Days     // observation window, Type 2; none: as of now, Type 1
}

// composing is one bundle under way.
type composing struct {
	s     *Store
	who   access.Actor
	asked Asked
	now   time.Time

	bundle   Bundle
	ready    *standing.Readiness
	book     *standing.Book
	controls []*posture.Operation // that the framework rests on, by code
	items    []evidence.Item      // to show, the earliest capture first
	erased   map[string]bool      // ids of items that were erased
	byTest   map[string][]string  // codes of the controls that a test feeds
	proven   result.Proven        // what these tests found, as the log holds it and as it is kept
	epoch    int
}

// Compose gathers what a bundle about a framework shows: how it stands, the
// controls it rests on with every version, the evidence filed for them, the
// samples drawn, and the checkpoints signed so far. Nothing is written until the
// bundle's own Write, which seals it in the log. It needs the right to take
// reports out, and to see evidence, samples and results.
func (s *Store) Compose(ctx context.Context, who access.Actor, asked Asked, now time.Time) (*Bundle, error) {
	for _, a := range []access.Action{access.ExportReports, access.ViewEvidence, access.ViewSamples, access.ViewResults} {
		if err := who.May(a); err != nil {
			return nil, err
		}
	}
	c := &composing{s: s, who: who, asked: asked, now: now.UTC().Truncate(time.Second), erased: map[string]bool{}}
	for _, step := range []func(context.Context) error{c.head, c.stand, c.gather, c.checkpoints, c.tests, c.prove, c.show, c.changes, c.files, c.pages} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return &c.bundle, c.bundle.Prepare()
}

// Write seals a composed bundle in the log of who's organisation and writes it to w.
func (s *Store) Write(ctx context.Context, who access.Actor, b *Bundle, w io.Writer, now time.Time) error {
	if err := who.May(access.ExportReports); err != nil {
		return err
	}
	return b.Write(ctx, w, &logOf{s, who, now})
}

// head signs what is there, so that the log has a name and a checkpoint, and
// begins the manifest.
func (c *composing) head(ctx context.Context) error {
	signed, err := c.s.Keeper.Sign(ctx, c.who.Org(), 0, c.now)
	if err != nil {
		return err
	}
	o, err := c.s.Access.Organisation(ctx, c.who)
	if err != nil {
		return err
	}
	c.epoch = signed.Epoch
	c.bundle.Manifest = Manifest{Organisation: o.Name, Framework: c.asked.Reading.Framework.ID, MadeAt: c.now, Toucan: c.s.Version, Origin: signed.Origin,
		From: c.asked.Window.From.String(), To: c.asked.Window.To.String()}
	return nil
}

// stand judges the framework and lists the controls it rests on.
func (c *composing) stand(ctx context.Context) (err error) {
	if c.book, err = c.s.Standing.Open(ctx, c.who, c.now); err != nil {
		return err
	}
	asked := standing.Asked{Window: c.asked.Window}
	if !asked.Window.Known() {
		asked.On = c.book.Zones.DateOf(c.now)
	}
	c.ready = c.book.Readiness(c.asked.Reading, asked, c.now)
	seen := map[string]bool{}
	for _, r := range c.ready.Requirements {
		for _, b := range r.Controls {
			if o, ok := c.book.ByCode(b.Code); ok && !seen[b.Code] {
				seen[b.Code] = true
				c.controls = append(c.controls, o)
			}
		}
	}
	slices.SortFunc(c.controls, func(a, b *posture.Operation) int { return control.CompareCodes(a.Code, b.Code) })
	return nil
}

// gather finds the items offered for these controls, or for the framework's
// requirements directly, that speak of the window: captured in it, of a period in
// it, or relied on in it.
func (c *composing) gather(ctx context.Context) error {
	of := map[string]bool{}
	for _, o := range c.controls {
		of[o.Control] = true
	}
	wanted := map[string]bool{}
	from, to := int64(c.from()), int64(c.to())
	_, err := c.s.Evidence.Proofs(ctx, c.who, func(p evidence.Proof) error {
		if !of[p.Control] && p.Requirement.Framework != c.asked.Reading.Framework.ID {
			return nil
		}
		stood := p.Captured < to && (p.Captured >= from || p.Lapses == 0 || p.Lapses > from)
		if stood || p.Period.Common(c.asked.Window).Known() {
			wanted[p.Item] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(wanted)) {
		i, err := c.s.Evidence.Find(ctx, c.who, id)
		if err != nil {
			return err
		}
		c.items = append(c.items, i)
	}
	slices.SortStableFunc(c.items, func(a, b evidence.Item) int { return a.CapturedAt.Compare(b.CapturedAt) })
	for after := ""; ; {
		page, err := c.s.Evidence.List(ctx, c.who, evidence.Filter{ErasedOnly: true, After: after, Limit: 500}, c.now)
		if err != nil {
			return err
		}
		for _, i := range page.Items {
			c.erased[i.ID] = true
		}
		if after = page.Next; after == "" {
			return nil
		}
	}
}

// from and to are the first moment of the window and the first after it. As of a
// moment, everything that was captured by then counts.
func (c *composing) from() posture.Moment {
	if !c.asked.Window.Known() {
		return 0
	}
	return posture.MomentOf(c.book.Zones.Start(c.asked.Window.From))
}

func (c *composing) to() posture.Moment {
	if !c.asked.Window.Known() {
		return posture.MomentOf(c.now)
	}
	return posture.MomentOf(c.book.Zones.End(c.asked.Window.To))
}

// checkpoints lists those of the epoch under way, with their stamps.
func (c *composing) checkpoints(ctx context.Context) error {
	const most = 10_000
	return c.s.DB.Read(ctx, c.who.Org(), func(tx *db.Tx) error {
		list, err := ledger.Checkpoints(ctx, tx, c.who.Org(), 0, most)
		if err != nil {
			return err
		}
		stamps, err := ledger.Stamps(ctx, tx, c.who.Org(), c.epoch, 0)
		if err != nil {
			return err
		}
		token := map[int64][]byte{}
		for _, st := range stamps {
			token[st.Size] = st.Token
		}
		for _, s := range slices.Backward(list) {
			if s.Epoch == c.epoch {
				c.bundle.Checkpoints = append(c.bundle.Checkpoints, Stamped{s.At, s.Note, token[s.Size]})
			}
		}
		return nil
	})
}

// show finds the leaves of what is shown, and says which leaves of evidence are
// left out.
func (c *composing) show(ctx context.Context) error {
	disclosures, err := c.disclosures(ctx)
	if err != nil {
		return err
	}
	type key struct{ kind, id string }
	behind := map[key][]ledger.Disclosure{}
	for _, d := range disclosures {
		behind[key{d.Kind, d.ID}] = append(behind[key{d.Kind, d.ID}], d)
	}
	left := map[string][]int64{}
	err = c.s.leaves(ctx, c.who.Org(), -1, func(r ledger.Record) error {
		for _, d := range behind[key{r.Kind, r.ID}] {
			if d.Opens(r) {
				c.bundle.Shown = append(c.bundle.Shown, Shown{r.N, d.Kind, d.ID, d.Salt, d.Payload})
				return nil
			}
		}
		if r.Kind == evidenceFiled {
			why := "offered for other controls, or of other times"
			if c.erased[r.ID] {
				why = "erased, and a leaf says by whom"
			}
			left[why] = append(left[why], r.N)
		}
		return nil
	})
	for _, why := range slices.Sorted(maps.Keys(left)) {
		c.bundle.Manifest.Withheld = append(c.bundle.Manifest.Withheld, Withheld{why, left[why]})
	}
	return err
}

// disclosures is what the leaves of the controls, the items, the samples, the batches of
// results and the epochs stand for.
func (c *composing) disclosures(ctx context.Context) ([]ledger.Disclosure, error) {
	var controls, items, samples []string
	for _, o := range c.controls {
		controls = append(controls, o.Control)
	}
	for _, i := range c.items {
		items = append(items, i.ID)
	}
	populations, err := c.populations(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range populations {
		samples = append(samples, p.line.ID)
		for _, r := range p.selection.Rounds {
			samples = append(samples, r.ID)
		}
		for _, i := range p.selection.Items {
			for _, j := range i.Found {
				samples = append(samples, j.ID)
			}
		}
	}
	out, err := c.s.Controls.Disclosures(ctx, c.who, controls)
	if err != nil {
		return nil, err
	}
	more, err := c.s.Evidence.Disclosures(ctx, c.who, items)
	if err != nil {
		return nil, err
	}
	out = append(out, more...)
	for part := range slices.Chunk(samples, 1000) {
		if more, err = c.s.Samples.Disclosures(ctx, c.who, part); err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	var batches []string
	for _, p := range c.proven.Batches {
		batches = append(batches, p.Batch)
	}
	for part := range slices.Chunk(batches, 1000) {
		if more, err = c.s.Results.Disclosures(ctx, c.who, part); err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	err = c.s.DB.Read(ctx, c.who.Org(), func(tx *db.Tx) error {
		epochs, err := ledger.Epochs(ctx, tx, c.who.Org())
		if err != nil {
			return err
		}
		for _, e := range epochs {
			if e.Epoch == 1 { // it began by itself, and has no leaf
				continue
			}
			d, err := e.Leaf().Disclose()
			if err != nil {
				return err
			}
			out = append(out, d)
		}
		return nil
	})
	return out, err
}

// sampled is a population with the selection drawn from it.
type sampled struct {
	line      audit.Line
	selection audit.Selection
}

// populations are those of the controls whose window touches the one asked about.
func (c *composing) populations(ctx context.Context) ([]sampled, error) {
	list, err := c.s.Samples.List(ctx, c.who)
	if err != nil {
		return nil, err
	}
	var out []sampled
	for _, l := range list {
		ours := slices.ContainsFunc(c.controls, func(o *posture.Operation) bool { return o.Control == l.Control })
		if !ours || l.FixedAt.IsZero() || c.asked.Window.Known() && !l.Window.Common(c.asked.Window).Known() {
			continue
		}
		sel, err := c.s.Samples.Selection(ctx, c.who, l.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, sampled{l, sel})
	}
	return out, nil
}

// files adds the bytes of the items, each digest once.
func (c *composing) files(context.Context) error {
	seen := map[string]bool{}
	for _, i := range c.items {
		if i.Erased != nil {
			continue
		}
		for n, f := range i.Files {
			if seen[f.SHA256] {
				continue
			}
			seen[f.SHA256] = true
			c.bundle.Members = append(c.bundle.Members, Member{fileName(f.SHA256), f.Bytes, f.SHA256, func(ctx context.Context) (io.ReadCloser, error) {
				_, r, err := c.s.Evidence.Open(ctx, c.who, i.ID, n)
				return r, err
			}})
		}
	}
	return nil
}
