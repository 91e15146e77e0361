package policy

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
)

// readPolicies returns the policies of an organisation by title, with the settings
// of now; where narrows them, with parameters from $2 on.
func readPolicies(ctx context.Context, tx *db.Tx, org, where string, args ...any) ([]Policy, error) {
	rows, err := tx.Query(ctx, `
		SELECT p.id, p.num, p.slug, p.template, p.created_at, p.archived_at, p.archived_for,
			s.title, coalesce(s.owner, ''), coalesce(s.approver, ''), s.audience, s.acknowledge, s.review_every, s.review_approval, s.governs, s.topics, s.controls
		FROM policy p JOIN policy_setting s ON s.org = p.org AND s.policy = p.id
		WHERE p.org = $1 `+where+` ORDER BY p.id, s.at, s.id`, append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	var out []Policy
	err = db.Each(rows, func(scan func(...any) error) error {
		var p Policy
		var created, archived int64
		var audience, governs, topics, controls string
		err := scan(&p.ID, &p.num, &p.Slug, &p.Template, &created, &archived, &p.ArchivedFor,
			&p.Title, &p.Owner, &p.Approver, &audience, &p.Acknowledge, &p.ReviewEvery, &p.ReviewApproval, &governs, &topics, &controls)
		if err != nil {
			return err
		}
		p.CreatedAt, p.ArchivedAt = db.Time(created), db.Time(archived)
		err = errors.Join(json.Unmarshal([]byte(audience), &p.Audience), json.Unmarshal([]byte(governs), &p.Governs),
			json.Unmarshal([]byte(topics), &p.Topics), json.Unmarshal([]byte(controls), &p.Controls))
		if n := len(out); n > 0 && out[n-1].ID == p.ID {
			out[n-1] = p // the last setting holds
		} else {
			out = append(out, p)
		}
		return err
	})
	slices.SortFunc(out, func(a, b Policy) int {
		return strings.Compare(strings.ToLower(a.Title)+a.ID, strings.ToLower(b.Title)+b.ID)
	})
	return out, err
}

// findPolicy reads a policy by id or by slug.
func findPolicy(ctx context.Context, tx *db.Tx, org, key string) (Policy, error) {
	where, arg := `AND p.slug = $2`, key
	if id := known(key); id != "" {
		where, arg = `AND p.id = $2`, id
	}
	if strings.ContainsRune(key, 0) {
		return Policy{}, errNone()
	}
	list, err := readPolicies(ctx, tx, org, where, strings.ToValidUTF8(arg, ""))
	if err == nil && len(list) == 0 {
		err = errNone()
	}
	if err != nil {
		return Policy{}, err
	}
	return list[0], nil
}

const (
	versionHead = `v.id, v.policy, v.major, v.minor, v.state, v.material, v.title, v.changed, v.file_name, v.file_media, v.file_bytes, v.file_sha256, v.file_note,
		v.written_by, v.written_at, v.round, v.sent_by, v.approved_at, v.published_by, v.published_at, v.ended_at, v.digest, v.pdf_sha256, v.stamp, length(v.text) + length(v.file_text)`
	versionText = versionHead + `, v.body, v.text, v.undertakings, v.file_text`
)

// readVersions returns versions, the newest number first; without texts they are
// the heads of versions only.
func readVersions(ctx context.Context, tx *db.Tx, org string, texts bool, where string, args ...any) ([]Version, error) {
	columns := versionHead
	if texts {
		columns = versionText
	}
	rows, err := tx.Query(ctx, `SELECT `+columns+` FROM policy_version v WHERE v.org = $1 `+where+` ORDER BY v.policy, v.major DESC, v.minor DESC`, append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	var out []Version
	err = db.Each(rows, func(scan func(...any) error) error {
		var v Version
		var written, approved, published, ended int64
		into := []any{&v.ID, &v.Policy, &v.Major, &v.Minor, &v.State, &v.Material, &v.Title, &v.Change, &v.File.Name, &v.File.Media, &v.File.Bytes, &v.File.SHA256, &v.File.Note,
			&v.WrittenBy, &written, &v.round, &v.SentBy, &approved, &v.PublishedBy, &published, &ended, &v.Digest, &v.PDF, &v.Stamp, &v.Length}
		var undertakings string
		if texts {
			into = append(into, &v.Body, &v.Text, &undertakings, &v.File.Text)
		}
		if err := scan(into...); err != nil {
			return err
		}
		v.WrittenAt, v.ApprovedAt, v.PublishedAt, v.EndedAt = db.Time(written), db.Time(approved), db.Time(published), db.Time(ended)
		if undertakings != "" {
			if err := json.Unmarshal([]byte(undertakings), &v.Undertakings); err != nil {
				return err
			}
		}
		out = append(out, v)
		return nil
	})
	return out, err
}

// versionsOf returns all versions of a policy, the newest number first, drafts with
// their variables filled in as of now.
func versionsOf(ctx context.Context, tx *db.Tx, org string, p Policy) ([]Version, error) {
	list, err := readVersions(ctx, tx, org, true, `AND v.policy = $2`, p.ID)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].State == Draft {
			values, err := valuesFor(ctx, tx, org, p)
			if err != nil {
				return nil, err
			}
			list[i].Title = p.Title
			list[i].Text, list[i].Unfilled = Fill(list[i].Body, values)
		}
	}
	return list, nil
}

// inForce is the version that binds people now, if there is one.
func inForce(list []Version) (Version, bool) {
	return first(list, func(v Version) bool { return v.State == Published })
}

// onItsWay is the version that is not in force yet, if there is one.
func onItsWay(list []Version) (Version, bool) { return first(list, Version.Open) }

func first(list []Version, ok func(Version) bool) (Version, bool) {
	if i := slices.IndexFunc(list, ok); i >= 0 {
		return list[i], true
	}
	return Version{}, false
}

// readReviews returns reviews, the newest first.
func readReviews(ctx context.Context, tx *db.Tx, org, where string, args ...any) ([]Review, error) {
	rows, err := tx.Query(ctx, `SELECT id, policy, version, on_day, note, state, approved_at, at, account FROM policy_review WHERE org = $1 `+where+` ORDER BY at DESC, id DESC`, append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	var out []Review
	err = db.Each(rows, func(scan func(...any) error) error {
		var r Review
		var approved, at int64
		err := scan(&r.ID, &r.Policy, &r.Version, &r.On, &r.Note, &r.State, &approved, &at, &r.By)
		r.ApprovedAt, r.At = db.Time(approved), db.Time(at)
		out = append(out, r)
		return err
	})
	return out, err
}

func zoneOf(ctx context.Context, tx *db.Tx, org string) (*time.Location, error) {
	var name string
	if err := tx.QueryRow(ctx, `SELECT zone FROM organisation WHERE id = $1`, org).Scan(&name); err != nil {
		return time.UTC, err
	}
	if zone, err := time.LoadLocation(name); err == nil {
		return zone, nil
	}
	return time.UTC, nil
}

// Folder is everything about one policy.
type Folder struct {
	Policy
	Versions      []Version // the newest number first
	Reviews       []Review  // the newest first
	ReviewDue     cadence.Date
	Review        ReviewStand
	ReviewWhy     string
	OwnerName     string
	ApproverName  string
	Names         map[string]string // of the accounts that wrote, sent and published
	Acknowledging Count
}

// InForce is the version that binds people now.
func (f Folder) InForce() (Version, bool) { return inForce(f.Versions) }

// Next is the version that is on its way into force.
func (f Folder) Next() (Version, bool) { return onItsWay(f.Versions) }

// Find returns everything about a policy, by id or by slug.
func (s *Store) Find(ctx context.Context, who access.Actor, key string, now time.Time) (Folder, error) {
	if err := who.May(access.ViewPolicies); err != nil {
		return Folder{}, err
	}
	var f Folder
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		p, err := findPolicy(ctx, tx, who.Org(), key)
		if err != nil {
			return err
		}
		f.Policy = p
		if f.Versions, err = versionsOf(ctx, tx, who.Org(), p); err != nil {
			return err
		}
		if f.Reviews, err = readReviews(ctx, tx, who.Org(), `AND policy = $2`, p.ID); err != nil {
			return err
		}
		zone, err := zoneOf(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		f.ReviewDue, f.Review, f.ReviewWhy = ReviewDue(p, f.Versions, f.Reviews, cadence.DateOf(now, zone), zone)
		persons, err := personNames(ctx, tx, who.Org(), []Policy{p})
		if err != nil {
			return err
		}
		f.OwnerName, f.ApproverName = persons[p.Owner], persons[p.Approver]
		f.Names, err = accountNames(ctx, tx, f.Versions, f.Reviews)
		return err
	})
	if err != nil {
		return f, err
	}
	counts, err := s.count(ctx, who.Org(), now)
	f.Acknowledging = counts[f.ID]
	return f, err
}

// personNames returns what the owners and approvers of policies are called.
func personNames(ctx context.Context, tx *db.Tx, org string, list []Policy) (map[string]string, error) {
	out := map[string]string{}
	for _, p := range list {
		for _, id := range []string{p.Owner, p.Approver} {
			if _, done := out[id]; id == "" || done {
				continue
			}
			var name string
			if err := ignoreNone(tx.QueryRow(ctx, `SELECT name FROM person WHERE org = $1 AND id = $2`, org, id).Scan(&name)); err != nil {
				return nil, err
			}
			out[id] = name
		}
	}
	return out, nil
}

func accountNames(ctx context.Context, tx *db.Tx, versions []Version, reviews []Review) (map[string]string, error) {
	out := map[string]string{}
	var ids []string
	for _, v := range versions {
		ids = append(ids, v.WrittenBy, v.SentBy, v.PublishedBy)
	}
	for _, r := range reviews {
		ids = append(ids, r.By)
	}
	for _, id := range ids {
		if _, done := out[id]; id == "" || done {
			continue
		}
		var name string
		if err := ignoreNone(tx.QueryRow(ctx, `SELECT name FROM account WHERE id = $1`, id).Scan(&name)); err != nil {
			return nil, err
		}
		out[id] = name
	}
	return out, nil
}

// Entry is a policy as the library lists it.
type Entry struct {
	Policy
	OwnerName     string
	InForce       Version // without its text; the zero Version when none is
	Next          Version // without its text; the zero Version when none is on its way
	ReviewDue     cadence.Date
	Review        ReviewStand
	Acknowledging Count
}

// List returns all policies by title, the archived ones among them.
func (s *Store) List(ctx context.Context, who access.Actor, now time.Time) ([]Entry, error) {
	if err := who.May(access.ViewPolicies); err != nil {
		return nil, err
	}
	counts, err := s.count(ctx, who.Org(), now)
	if err != nil {
		return nil, err
	}
	var out []Entry
	err = s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		list, err := readPolicies(ctx, tx, who.Org(), "")
		if err != nil || len(list) == 0 {
			return err
		}
		versions, reviews, err := heads(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		names, err := personNames(ctx, tx, who.Org(), list)
		if err != nil {
			return err
		}
		zone, err := zoneOf(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		for _, p := range list {
			e := Entry{Policy: p, OwnerName: names[p.Owner], Acknowledging: counts[p.ID]}
			e.InForce, _ = inForce(versions[p.ID])
			e.Next, _ = onItsWay(versions[p.ID])
			e.ReviewDue, e.Review, _ = ReviewDue(p, versions[p.ID], reviews[p.ID], cadence.DateOf(now, zone), zone)
			out = append(out, e)
		}
		return nil
	})
	return out, err
}

// heads reads all versions, without their texts, and all reviews, by policy.
func heads(ctx context.Context, tx *db.Tx, org string) (map[string][]Version, map[string][]Review, error) {
	versions, reviews := map[string][]Version{}, map[string][]Review{}
	list, err := readVersions(ctx, tx, org, false, "")
	if err != nil {
		return nil, nil, err
	}
	for _, v := range list {
		versions[v.Policy] = append(versions[v.Policy], v)
	}
	all, err := readReviews(ctx, tx, org, "")
	for _, r := range all {
		reviews[r.Policy] = append(reviews[r.Policy], r)
	}
	return versions, reviews, err
}

// Folders reads every policy that is kept, with its versions without their texts,
// its reviews and the day its next review is due, in the caller's transaction.
func Folders(ctx context.Context, tx *db.Tx, org string, now time.Time) ([]Folder, error) {
	list, err := readPolicies(ctx, tx, org, `AND p.archived_at = 0`)
	if err != nil {
		return nil, err
	}
	versions, reviews, err := heads(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	zone, err := zoneOf(ctx, tx, org)
	var out []Folder
	for _, p := range list {
		f := Folder{Policy: p, Versions: versions[p.ID], Reviews: reviews[p.ID]}
		f.ReviewDue, f.Review, f.ReviewWhy = ReviewDue(p, f.Versions, f.Reviews, cadence.DateOf(now, zone), zone)
		out = append(out, f)
	}
	return out, err
}

// InForce returns the texts that bind people now, with the policies they belong
// to, in the caller's transaction.
func InForce(ctx context.Context, tx *db.Tx, org string) ([]Policy, []Version, error) {
	list, err := readPolicies(ctx, tx, org, `AND p.archived_at = 0`)
	if err != nil {
		return nil, nil, err
	}
	versions, err := readVersions(ctx, tx, org, true, `AND v.state = 'published'`)
	if err != nil {
		return nil, nil, err
	}
	var policies []Policy
	var texts []Version
	for _, p := range list {
		if v, ok := first(versions, func(v Version) bool { return v.Policy == p.ID }); ok {
			policies, texts = append(policies, p), append(texts, v)
		}
	}
	return policies, texts, nil
}
