package audit

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Selection returns what was drawn from a population and what was found.
func (s *Store) Selection(ctx context.Context, who access.Actor, population string) (Selection, error) {
	if err := who.May(access.ViewSamples); err != nil {
		return Selection{}, err
	}
	var sel Selection
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if _, err = find(ctx, tx, who.Org(), population); err == nil {
			sel, err = selection(ctx, tx, who.Org(), population)
		}
		return err
	})
	return sel, err
}

func selection(ctx context.Context, tx *db.Tx, org, population string) (Selection, error) {
	var sel Selection
	var err error
	if sel.Rounds, err = rounds(ctx, tx, org, population); err != nil {
		return sel, err
	}
	if sel.Attributes, err = attributes(ctx, tx, org, population); err != nil {
		return sel, err
	}
	if sel.Items, err = items(ctx, tx, org, population); err != nil {
		return sel, err
	}
	found, err := judgements(ctx, tx, org, ` AND r.population = $2`, population)
	if err != nil {
		return sel, err
	}
	place := map[string]int{}
	for k, i := range sel.Items {
		place[i.ID] = k
	}
	for k, i := range sel.Items {
		if i.Replaces != "" {
			sel.Items[place[i.Replaces]].ReplacedBy = i.ID
		}
		sel.Items[k].Found = map[string]Judgement{}
	}
	for _, j := range found { // the oldest first, so that the last one stays
		sel.Items[place[j.Item]].Found[j.Attribute] = j.Judgement
	}
	return sel, nil
}

func rounds(ctx context.Context, tx *db.Tx, org, population string) ([]Round, error) {
	rows, err := tx.Query(ctx, `
		SELECT r.id, r.round, r.method, r.size, r.reason, r.note, r.root, r.log_size, r.seed, r.at, r.account, coalesce(a.name, '')
		FROM sample_round r LEFT JOIN account a ON a.id = r.account WHERE r.org = $1 AND r.population = $2 ORDER BY r.round`, org, population)
	if err != nil {
		return nil, err
	}
	var out []Round
	err = db.Each(rows, func(scan func(...any) error) error {
		var r Round
		var at int64
		err := scan(&r.ID, &r.Number, &r.Method, &r.Size, &r.Reason, &r.Note, &r.Root, &r.LogSize, &r.Seed, &at, &r.By, &r.ByName)
		r.At = db.Time(at)
		out = append(out, r)
		return err
	})
	return out, err
}

func attributes(ctx context.Context, tx *db.Tx, org, population string) ([]Attribute, error) {
	var list string
	err := tx.QueryRow(ctx, `SELECT texts FROM sample_attribute WHERE org = $1 AND population = $2 ORDER BY at DESC, id DESC LIMIT 1`, org, population).Scan(&list)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var texts []string
	if err := json.Unmarshal([]byte(list), &texts); err != nil {
		return nil, err
	}
	var out []Attribute
	for i, t := range texts {
		out = append(out, Attribute{letter(i), t})
	}
	return out, nil
}

func items(ctx context.Context, tx *db.Tx, org, population string) ([]Item, error) {
	rows, err := tx.Query(ctx, `
		SELECT i.id, d.round, d.method, i.place, coalesce(i.replaces, ''), i.row_n, coalesce(w.row_key, ''), coalesce(w.day, 0), coalesce(w.stratum, ''), coalesce(w.cells, '[]')
		FROM sample_item i JOIN sample_round d ON d.org = i.org AND d.id = i.sample
		LEFT JOIN population_row w ON w.org = i.org AND w.population = i.population AND w.n = i.row_n
		WHERE i.org = $1 AND i.population = $2 ORDER BY i.place`, org, population)
	if err != nil {
		return nil, err
	}
	var out []Item
	err = db.Each(rows, func(scan func(...any) error) error {
		var i Item
		var err error
		i.Row, err = scanRow(scan, &i.ID, &i.Round, &i.Method, &i.Place, &i.Replaces)
		out = append(out, i)
		return err
	})
	return out, err
}

// found is a judgement and the salt of its leaf.
type found struct {
	Judgement
	population, salt string
}

func judgements(ctx context.Context, tx *db.Tx, org, where string, args ...any) ([]found, error) {
	rows, err := tx.Query(ctx, `
		SELECT r.id, r.population, r.item, r.attribute, r.result, r.reason, r.evidence, r.at, r.account, coalesce(a.name, ''), r.salt
		FROM sample_result r LEFT JOIN account a ON a.id = r.account WHERE r.org = $1`+where+` ORDER BY r.at, r.id`, append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	var out []found
	err = db.Each(rows, func(scan func(...any) error) error {
		var j found
		var at int64
		var evidence string
		err := scan(&j.ID, &j.population, &j.Item, &j.Attribute, &j.Result, &j.Reason, &evidence, &at, &j.By, &j.ByName, &j.salt)
		j.At = db.Time(at)
		if evidence != "" {
			j.Evidence = strings.Split(evidence, "\n")
		}
		out = append(out, j)
		return err
	})
	return out, err
}

// History returns every judgement of one item, the newest first.
func (s *Store) History(ctx context.Context, who access.Actor, item string) ([]Judgement, error) {
	if err := who.May(access.ViewSamples); err != nil {
		return nil, err
	}
	var out []Judgement
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		list, err := judgements(ctx, tx, who.Org(), ` AND r.item = $2`, item)
		for i := len(list) - 1; i >= 0; i-- {
			out = append(out, list[i].Judgement)
		}
		return err
	})
	return out, err
}

// Line is a population in a list, with what was found.
type Line struct {
	Population
	Rounds     int
	Attributes int
	Summary    Summary
}

// List returns all populations, the newest first, in figures.
func (s *Store) List(ctx context.Context, who access.Actor) ([]Line, error) {
	if err := who.May(access.ViewSamples); err != nil {
		return nil, err
	}
	return s.lines(ctx, who.Org())
}

// Samples returns what was examined of each control, by its id: every population
// of which something was drawn.
func (s *Store) Samples(ctx context.Context, who access.Actor) (map[string][]posture.Sample, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return nil, err
	}
	lines, err := s.lines(ctx, who.Org())
	out := map[string][]posture.Sample{}
	for _, l := range lines {
		all := l.Summary.All()
		if all.Selected == 0 {
			continue
		}
		out[l.Control] = append(out[l.Control], posture.Sample{ID: l.ID, Population: l.Name, Window: l.Window, At: posture.Moment(micros(l.Summary.JudgedAt)),
			Size: l.Population.Rows, Selected: all.Selected, Tested: all.Tested(), Exceptions: all.Exceptions})
	}
	return out, err
}

// lines reads all populations in a handful of queries; rows and reasons stay where
// they are.
func (s *Store) lines(ctx context.Context, org string) ([]Line, error) {
	var out []Line
	err := s.db.Read(ctx, org, func(tx *db.Tx) error {
		list, err := populations(ctx, tx, org, ``)
		if err != nil {
			return err
		}
		sels, err := selections(ctx, tx, org)
		if err != nil {
			return err
		}
		for _, p := range list {
			l := Line{Population: p.Population}
			if sel := sels[p.ID]; sel != nil {
				l.Rounds, l.Attributes, l.Summary = len(sel.Rounds), len(sel.Attributes), Summarise(p.Rows, *sel)
			}
			out = append(out, l)
		}
		return nil
	})
	return out, err
}

// selections reads every selection of an organisation as far as figures need it.
func selections(ctx context.Context, tx *db.Tx, org string) (map[string]*Selection, error) {
	out := map[string]*Selection{}
	at := func(population string) *Selection {
		if out[population] == nil {
			out[population] = &Selection{}
		}
		return out[population]
	}
	rows, err := tx.Query(ctx, `SELECT population, texts FROM sample_attribute WHERE org = $1 ORDER BY at, id`, org)
	if err != nil {
		return nil, err
	}
	err = db.Each(rows, func(scan func(...any) error) error {
		var p, list string
		var texts []string
		if err := scan(&p, &list); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(list), &texts); err != nil {
			return err
		}
		at(p).Attributes = nil
		for i, t := range texts {
			at(p).Attributes = append(at(p).Attributes, Attribute{letter(i), t})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	rows, err = tx.Query(ctx, `SELECT population, round, method FROM sample_round WHERE org = $1 ORDER BY population, round`, org)
	if err != nil {
		return nil, err
	}
	err = db.Each(rows, func(scan func(...any) error) error {
		var p string
		var r Round
		err := scan(&p, &r.Number, &r.Method)
		at(p).Rounds = append(at(p).Rounds, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, fillItems(ctx, tx, org, at)
}

func fillItems(ctx context.Context, tx *db.Tx, org string, at func(string) *Selection) error {
	type place struct {
		sel *Selection
		n   int
	}
	where := map[string]place{}
	rows, err := tx.Query(ctx, `SELECT i.id, i.population, d.method, coalesce(i.replaces, '') FROM sample_item i JOIN sample_round d ON d.org = i.org AND d.id = i.sample WHERE i.org = $1 ORDER BY i.population, i.place`, org)
	if err != nil {
		return err
	}
	err = db.Each(rows, func(scan func(...any) error) error {
		i := Item{Found: map[string]Judgement{}}
		var p string
		if err := scan(&i.ID, &p, &i.Method, &i.Replaces); err != nil {
			return err
		}
		sel := at(p)
		where[i.ID] = place{sel, len(sel.Items)}
		sel.Items = append(sel.Items, i)
		if old, ok := where[i.Replaces]; ok {
			old.sel.Items[old.n].ReplacedBy = i.ID
		}
		return nil
	})
	if err != nil {
		return err
	}
	rows, err = tx.Query(ctx, `SELECT item, attribute, result, at FROM sample_result WHERE org = $1 ORDER BY at, id`, org)
	if err != nil {
		return err
	}
	return db.Each(rows, func(scan func(...any) error) error {
		var j Judgement
		var us int64
		if err := scan(&j.Item, &j.Attribute, &j.Result, &us); err != nil {
			return err
		}
		j.At = db.Time(us)
		if w, ok := where[j.Item]; ok {
			w.sel.Items[w.n].Found[j.Attribute] = j
		}
		return nil
	})
}

// Disclosures returns what stands behind the leaves that this package wrote about
// the rows with these ids: populations that were fixed or erased, rounds,
// attributes, judgements whose reasons were not erased, and customary sizes.
func (s *Store) Disclosures(ctx context.Context, who access.Actor, ids []string) ([]ledger.Disclosure, error) {
	if err := who.May(access.ViewSamples); err != nil {
		return nil, err
	}
	if len(ids) > 10_000 {
		return nil, problem.New(problem.Invalid, "At most 10,000 leaves are disclosed at once. Ask for them in parts.")
	}
	var out []ledger.Disclosure
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		for _, id := range ids {
			leaves, err := leavesOf(ctx, tx, who.Org(), id)
			if err != nil {
				return err
			}
			for _, l := range leaves {
				d, err := l.Disclose()
				if err != nil {
					return err
				}
				out = append(out, d)
			}
		}
		return nil
	})
	return out, err
}

// leavesOf makes the leaves about one row again.
func leavesOf(ctx context.Context, tx *db.Tx, org, id string) ([]ledger.Leaf, error) {
	list, err := populations(ctx, tx, org, ` AND id = $2`, id)
	if err != nil {
		return nil, err
	}
	if len(list) == 1 && list[0].Fixed() {
		out := []ledger.Leaf{fixedLeaf(org, list[0].Population, list[0].salt)}
		if list[0].Erased() {
			out = append(out, erasedLeaf(org, list[0].Population, list[0].eraseSalt))
		}
		return out, nil
	}
	var population, salt string
	err = tx.QueryRow(ctx, `SELECT population, salt FROM sample_round WHERE org = $1 AND id = $2`, org, id).Scan(&population, &salt)
	if err == nil {
		return roundLeaf(ctx, tx, org, id, population, salt)
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	results, err := judgements(ctx, tx, org, ` AND r.id = $2`, id)
	if err != nil {
		return nil, err
	}
	if len(results) == 1 && results[0].salt != "" {
		return []ledger.Leaf{judgedLeaf(org, results[0].population, results[0].Judgement, results[0].salt)}, nil
	}
	return settingLeaf(ctx, tx, org, id)
}

func roundLeaf(ctx context.Context, tx *db.Tx, org, id, population, salt string) ([]ledger.Leaf, error) {
	list, err := rounds(ctx, tx, org, population)
	if err != nil {
		return nil, err
	}
	all, err := items(ctx, tx, org, population)
	if err != nil {
		return nil, err
	}
	for _, r := range list {
		if r.ID != id {
			continue
		}
		var own []Item
		for _, i := range all {
			if i.Round == r.Number {
				own = append(own, i)
			}
		}
		return []ledger.Leaf{drawnLeaf(org, population, r, own, salt)}, nil
	}
	return nil, nil
}

// settingLeaf makes the leaf of a list of attributes or of a band again.
func settingLeaf(ctx context.Context, tx *db.Tx, org, id string) ([]ledger.Leaf, error) {
	var at int64
	l := ledger.Leaf{Org: org, ID: id, Kind: "sample.attributes"}
	var fact attributesFact
	var list string
	err := tx.QueryRow(ctx, `SELECT population, texts, at, account, salt FROM sample_attribute WHERE org = $1 AND id = $2`, org, id).Scan(&fact.Population, &list, &at, &l.Actor, &l.Salt)
	if err == nil {
		err = json.Unmarshal([]byte(list), &fact.Attributes)
		l.At, l.Payload = db.Time(at), fact
		return []ledger.Leaf{l}, err
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	var band bandFact
	err = tx.QueryRow(ctx, `SELECT pace, low, high, percent, least, at, account, salt FROM sample_band WHERE org = $1 AND id = $2`, org, id).
		Scan(&band.Pace, &band.Low, &band.High, &band.Percent, &band.Least, &at, &l.Actor, &l.Salt)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	l.At, l.Kind, l.Payload = db.Time(at), "sample.band", band
	return []ledger.Leaf{l}, err
}
