package policy

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/blob"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Signature is what one person said of a version when its approval was asked for.
type Signature struct {
	Name string
	Yes  bool
	At   time.Time
	Note string
}

// signatures returns what was said of a version, in the order it was said. Of
// several rounds it is the last one.
func signatures(ctx context.Context, tx *db.Tx, org string, v Version) ([]Signature, error) {
	rows, err := tx.Query(ctx, `SELECT coalesce(c.name, ''), d.yes, d.at, d.reason FROM approval a
		JOIN approval_decision d ON d.org = a.org AND d.approval = a.id LEFT JOIN account c ON c.id = d.account
		WHERE a.org = $1 AND a.kind = $2 AND a.subject = $3 AND a.version = $4 ORDER BY d.at, d.id`, org, string(approval.PolicyVersion), v.ID, v.ask().Version)
	if err != nil {
		return nil, err
	}
	var out []Signature
	err = db.Each(rows, func(scan func(...any) error) error {
		var s Signature
		var at int64
		err := scan(&s.Name, &s.Yes, &at, &s.Note)
		s.At = db.Time(at)
		out = append(out, s)
		return err
	})
	return out, err
}

// Paper is everything the PDF of a version says.
type Paper struct {
	Organisation string
	Version      Version
	Owner        string
	Written      string // what the author is called
	Published    string // what who published it is called
	Signatures   []Signature
	Earlier      []Version // published before it, the newest first
	Zone         *time.Location
}

func paperOf(ctx context.Context, tx *db.Tx, org string, p Policy, v Version, list []Version) (Paper, error) {
	out := Paper{Version: v}
	err := tx.QueryRow(ctx, `SELECT name FROM organisation WHERE id = $1`, org).Scan(&out.Organisation)
	if err != nil {
		return out, err
	}
	if out.Zone, err = zoneOf(ctx, tx, org); err != nil {
		return out, err
	}
	persons, err := personNames(ctx, tx, org, []Policy{p})
	if err != nil {
		return out, err
	}
	accounts, err := accountNames(ctx, tx, []Version{v}, nil)
	if err != nil {
		return out, err
	}
	out.Owner, out.Written, out.Published = persons[p.Owner], accounts[v.WrittenBy], accounts[v.PublishedBy]
	for _, x := range list {
		if !x.PublishedAt.IsZero() && x.ID != v.ID {
			out.Earlier = append(out.Earlier, x)
		}
	}
	out.Signatures, err = signatures(ctx, tx, org, v)
	return out, err
}

// PDF writes the version as a document: what it is, who approved it and when, its
// text, and the versions before it. The same paper makes the same bytes.
func (p Paper) PDF() ([]byte, error) {
	v := p.Version
	at := v.PublishedAt
	if at.IsZero() {
		at = v.WrittenAt
	}
	d := document.NewPDF(v.Words(), at)
	d.Title(v.Title)
	d.Note(p.Organisation)
	facts := [][]string{{"Version", v.Number()}}
	if p.Owner != "" {
		facts = append(facts, []string{"Kept by", p.Owner})
	}
	facts = append(facts, []string{"Written by", p.Written})
	switch {
	case v.ApprovedAt.IsZero() && !v.Material:
		facts = append(facts, []string{"Approval", "Not asked for: the change is not material"})
	case v.ApprovedAt.IsZero():
		facts = append(facts, []string{"Approval", "None yet: this is a draft"})
	case len(p.Signatures) == 0:
		facts = append(facts, []string{"Approved", p.moment(v.ApprovedAt) + "; nobody else had to agree"})
	default:
		facts = append(facts, []string{"Approved", p.moment(v.ApprovedAt)})
	}
	if !v.PublishedAt.IsZero() {
		facts = append(facts, []string{"In force from", p.moment(v.PublishedAt) + ", published by " + p.Published})
	}
	if v.Change != "" {
		facts = append(facts, []string{"What changed", v.Change})
	}
	d.Table(nil, []float64{1, 3.4}, facts)
	if len(p.Signatures) > 0 {
		var rows [][]string
		for _, s := range p.Signatures {
			said := "Agreed"
			if !s.Yes {
				said = "Did not agree"
			}
			rows = append(rows, []string{s.Name, said, p.moment(s.At), s.Note})
		}
		d.Table([]string{"Approval by", "Said", "When", "Note"}, []float64{2, 1.2, 2, 2.4}, rows)
	}
	if v.Uploaded() {
		p.uploaded(d)
	} else {
		d.Line()
		d.Markdown(v.Text)
	}
	if len(p.Earlier) > 0 {
		var rows [][]string
		for _, x := range p.Earlier {
			rows = append(rows, []string{x.Number(), p.moment(x.PublishedAt), x.Change})
		}
		d.Heading(2, "Versions before this one")
		d.Table([]string{"Version", "In force from", "What changed"}, []float64{1, 2, 5}, rows)
	}
	return d.Bytes()
}

// uploaded says which file is the document, and gives the text that was read out of it.
func (p Paper) uploaded(d *document.PDF) {
	f := p.Version.File
	d.Table(nil, []float64{1, 3.4}, [][]string{{"The document", f.Name}, {"SHA-256", f.SHA256}})
	if f.Text == "" {
		d.Note("The document is the file above. " + f.Note)
		return
	}
	d.Note("The document is the file above. This is the text that was read out of it; what it looks like is in the file.")
	d.Line()
	for para := range strings.SplitSeq(f.Text, "\n") {
		if para = strings.TrimSpace(para); para != "" {
			d.Paragraph(para)
		}
	}
}

func (p Paper) moment(t time.Time) string { return t.In(p.Zone).Format("2 January 2006, 15:04 MST") }

// PDF returns the PDF of a version and a name for it: of a published one the bytes
// that were made when it was published, of any other what it would be now.
func (s *Store) PDF(ctx context.Context, who access.Actor, version string, now time.Time) (name string, data []byte, err error) {
	if err := mayRead(who); err != nil {
		return "", nil, err
	}
	p, v, paper, err := s.paper(ctx, who, version, now)
	if err != nil {
		return "", nil, err
	}
	name = fmt.Sprintf("%s-%s.pdf", p.Slug, v.Number())
	if v.PDF == "" {
		data, err = paper.PDF()
		return name, data, err
	}
	data, err = s.bytes(ctx, who.Org(), v.PDF, name)
	return name, data, err
}

// mayRead lets in who may see all policies, and who may read those that bind them.
func mayRead(who access.Actor) error {
	if who.Can(access.ViewPolicies) {
		return nil
	}
	return who.May(access.OwnPolicies)
}

// bytes reads a kept file whole.
func (s *Store) bytes(ctx context.Context, org, digest, name string) ([]byte, error) {
	r, err := s.blobs.Open(ctx, org, digest)
	if errors.Is(err, blob.ErrMissing) {
		return nil, &problem.Error{Code: problem.Conflict, Err: err, Text: fmt.Sprintf("%s is not where files are kept. Restore it from a backup; its SHA-256 is %s.", name, digest)}
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var b strings.Builder
	if _, err := copyLimited(&b, r); err != nil {
		return nil, err
	}
	return []byte(b.String()), nil
}

// paper reads a version that the actor may see: any if their role lets them see all
// policies, otherwise one in force that binds them.
func (s *Store) paper(ctx context.Context, who access.Actor, version string, now time.Time) (Policy, Version, Paper, error) {
	var p Policy
	var v Version
	var paper Paper
	shelf := Shelf{}
	if !who.Can(access.ViewPolicies) {
		var err error
		if shelf, err = s.Mine(ctx, who, now); err != nil {
			return p, v, paper, err
		}
	}
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		found, err := readVersions(ctx, tx, who.Org(), false, `AND v.id = $2`, known(version))
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return errNoVersion()
		}
		if p, err = findPolicy(ctx, tx, who.Org(), found[0].Policy); err != nil {
			return err
		}
		list, err := versionsOf(ctx, tx, who.Org(), p)
		if err != nil {
			return err
		}
		v, _ = first(list, func(x Version) bool { return x.ID == version })
		if !who.Can(access.ViewPolicies) && !shelf.has(v) {
			return errNoVersion()
		}
		paper, err = paperOf(ctx, tx, who.Org(), p, v, list)
		return err
	})
	return p, v, paper, err
}

// has reports whether a version is on the shelf.
func (s Shelf) has(v Version) bool {
	for _, i := range s.Items {
		if i.Version.ID == v.ID {
			return true
		}
	}
	return false
}

// Version returns one version with its text.
func (s *Store) Version(ctx context.Context, who access.Actor, version string, now time.Time) (Version, error) {
	if err := mayRead(who); err != nil {
		return Version{}, err
	}
	_, v, _, err := s.paper(ctx, who, version, now)
	return v, err
}
