package policy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

const (
	maxPolicies = 500
	maxTitle    = 120
	maxBody     = 200_000 // characters; the longest templates have a tenth
	maxChange   = 2000
	maxList     = 100 // groups, topics or controls of a policy
	maxReview   = 60  // months
)

// Text is what a draft says, as somebody saves it.
type Text struct {
	Body     string
	Change   string // what changed, in one or two sentences; asked for from the second version on
	Material bool   // it asks for approval and for a new acknowledgement; the first version always does

	// Stamp is Version.Stamp of the draft the text was based on, or empty for a new
	// one. A draft somebody else saved meanwhile is a Conflict and stays.
	Stamp string
}

// Create begins a policy with a draft. p says what it is called, whom it binds and
// the rest; its slug is made of the title when it has none. A slug there is
// already is a Conflict.
func (s *Store) Create(ctx context.Context, who access.Actor, p Policy, body string, now time.Time) (Policy, error) {
	if err := who.May(access.WritePolicies); err != nil {
		return Policy{}, err
	}
	now = moment(now)
	d := Text{Body: body, Material: true}
	if err := d.check(true); err != nil {
		return Policy{}, err
	}
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) (err error) {
		p, err = s.begin(ctx, tx, who, p, now)
		if err != nil {
			return err
		}
		_, err = s.save(ctx, tx, who, p, nil, Version{Body: d.Body, Material: true}, now)
		return err
	})
	return p, err
}

// begin writes a new policy without any text.
func (s *Store) begin(ctx context.Context, tx *db.Tx, who access.Actor, p Policy, now time.Time) (Policy, error) {
	p, err := s.checked(ctx, tx, who.Org(), p)
	if err != nil {
		return p, err
	}
	if p.Slug == "" {
		p.Slug = slugOf(p.Title)
	}
	if p.Slug == "" || p.Slug != slugOf(p.Slug) || len(p.Slug) > 80 {
		return p, problem.Field("slug", "The short name stands in addresses: lower-case letters, figures and hyphens, at most 80. Choose another.")
	}
	var n, last int
	if err := tx.QueryRow(ctx, `SELECT count(*), coalesce(max(num), 0) FROM policy WHERE org = $1`, who.Org()).Scan(&n, &last); err != nil {
		return p, err
	}
	if n >= maxPolicies {
		return p, problem.New(problem.Invalid, "There are %d policies already, and that is as many as fit.", n)
	}
	p.ID, p.num, p.CreatedAt, p.ArchivedAt, p.ArchivedFor = newID(), last+1, now, time.Time{}, ""
	_, err = tx.Exec(ctx, `INSERT INTO policy (org, id, num, slug, template, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		who.Org(), p.ID, p.num, p.Slug, p.Template, db.Micros(now), who.Account())
	if db.IsUnique(err) {
		return p, &problem.Error{Code: problem.Conflict, Field: "slug", Err: err, Text: "There is a policy with the short name " + p.Slug + " already. Open that one, or choose another name."}
	}
	if err != nil {
		return p, err
	}
	if err := s.record(ctx, tx, who, act{p.ID, "", createdKind, createdFact{p.ID, p.Slug, p.Template}}, now); err != nil {
		return p, err
	}
	return p, s.set(ctx, tx, who, p, now)
}

// Change replaces the settings of a policy: its title, owner, approver, audience,
// reviews, topics and controls. The text stays.
func (s *Store) Change(ctx context.Context, who access.Actor, p Policy, now time.Time) error {
	if err := who.May(access.ManagePolicies); err != nil {
		return err
	}
	now = moment(now)
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		have, err := findPolicy(ctx, tx, who.Org(), p.ID)
		if err != nil {
			return err
		}
		if !have.ArchivedAt.IsZero() {
			return problem.New(problem.Conflict, "This policy was archived. It stays as it was.")
		}
		p, err := s.checked(ctx, tx, who.Org(), p)
		if err != nil || p.fact() == have.fact() {
			return err
		}
		p.ID = have.ID
		return s.set(ctx, tx, who, p, now)
	})
	return err
}

// fact is the settings as the log has them, in one text.
func (p Policy) fact() string {
	b, _ := json.Marshal(p.settings()) // texts and numbers: it cannot fail
	return string(b)
}

func (p Policy) settings() settingsFact {
	return settingsFact{p.ID, p.Title, p.Owner, p.Approver, p.Audience, p.Acknowledge, p.ReviewEvery, p.ReviewApproval, p.Governs, p.Topics, p.Controls}
}

// set writes settings that hold from now on.
func (s *Store) set(ctx context.Context, tx *db.Tx, who access.Actor, p Policy, now time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO policy_setting (org, id, policy, title, owner, approver, audience, acknowledge, review_every, review_approval, governs, topics, controls, at, account)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		who.Org(), newID(), p.ID, p.Title, orNull(p.Owner), orNull(p.Approver), texts(p.Audience), p.Acknowledge, p.ReviewEvery, p.ReviewApproval,
		texts(p.Governs), texts(p.Topics), texts(p.Controls), db.Micros(now), who.Account())
	if err != nil {
		return err
	}
	return s.record(ctx, tx, who, act{p.ID, "", settingsKind, p.settings()}, now)
}

// texts is a list as a column holds it.
func texts(list []string) string {
	b, _ := json.Marshal(list) // texts: it cannot fail
	return string(b)
}

// checked returns the settings as they are kept.
func (s *Store) checked(ctx context.Context, tx *db.Tx, org string, p Policy) (Policy, error) {
	var err error
	if p.Title, err = db.Line("title", "The title", p.Title, maxTitle); err != nil {
		return p, err
	}
	if p.Title == "" {
		return p, problem.Field("title", "Give the policy a title, such as “Access Control Policy”.")
	}
	if p.ReviewEvery < 0 || p.ReviewEvery > maxReview {
		return p, problem.Field("review_every", fmt.Sprintf("A review is due every 1 to %d months; 0 for never.", maxReview))
	}
	for _, l := range []struct {
		field string
		list  *[]string
	}{{"audience", &p.Audience}, {"governs", &p.Governs}, {"topics", &p.Topics}, {"controls", &p.Controls}} {
		if *l.list, err = tidy(l.field, *l.list); err != nil {
			return p, err
		}
	}
	p.Topics, err = tidy("topics", append(p.Topics, p.Governs...))
	if err != nil {
		return p, err
	}
	if p.Acknowledge && len(p.Audience) == 0 {
		return p, problem.Field("audience", "Choose who has to acknowledge the policy, or say that nobody has to.")
	}
	for field, id := range map[string]string{"owner": p.Owner, "approver": p.Approver} {
		if err := there(ctx, tx, `SELECT count(*) FROM person WHERE org = $1 AND id = $2`, org, id, field, "This person is not in the people register. Choose somebody who is."); err != nil {
			return p, err
		}
	}
	for _, id := range p.Controls {
		if err := there(ctx, tx, `SELECT count(*) FROM control WHERE org = $1 AND id = $2`, org, id, "controls", "One of the controls is not here any more. Choose again."); err != nil {
			return p, err
		}
	}
	return p, nil
}

// there checks that a row exists; no id needs none.
func there(ctx context.Context, tx *db.Tx, query, org, id, field, text string) error {
	if id == "" {
		return nil
	}
	var n int
	if err := tx.QueryRow(ctx, query, org, known(id)).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return problem.Field(field, text)
	}
	return nil
}

// tidy returns a list in order, each once.
func tidy(field string, list []string) ([]string, error) {
	out := []string{}
	for _, x := range list {
		x, err := db.Line(field, "An entry", x, 80)
		if err != nil {
			return nil, err
		}
		if x != "" {
			out = append(out, x)
		}
	}
	slices.Sort(out)
	if out = slices.Compact(out); len(out) > maxList {
		return nil, problem.Field(field, fmt.Sprintf("%d entries are too many; %d fit.", len(out), maxList))
	}
	return out, nil
}

// check looks at what was typed.
func (d *Text) check(first bool) error {
	if _, err := db.Prose("body", "The text", d.Body, maxBody); err != nil {
		return err
	}
	d.Body = strings.ReplaceAll(d.Body, "\r\n", "\n")
	var err error
	if d.Change, err = db.Prose("change", "What changed", d.Change, maxChange); err != nil {
		return err
	}
	if first {
		d.Material = true
	}
	return nil
}

// Save writes a draft: a new one, or the text of the one there is. It returns the
// version as it is then. A version that waits for approval, or has it, is
// withdrawn first.
func (s *Store) Save(ctx context.Context, who access.Actor, policy string, d Text, now time.Time) (Version, error) {
	if err := who.May(access.WritePolicies); err != nil {
		return Version{}, err
	}
	if err := d.check(false); err != nil {
		return Version{}, err
	}
	return s.draft(ctx, who, policy, d.Stamp, Version{Body: d.Body, Change: d.Change, Material: d.Material}, now)
}

// draft writes a draft with a text or a file.
func (s *Store) draft(ctx context.Context, who access.Actor, policy, stamp string, v Version, now time.Time) (Version, error) {
	now = moment(now)
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		p, err := findPolicy(ctx, tx, who.Org(), policy)
		if err != nil {
			return err
		}
		if !p.ArchivedAt.IsZero() {
			return problem.New(problem.Conflict, "This policy was archived. Begin a new one.")
		}
		list, err := readVersions(ctx, tx, who.Org(), true, `AND v.policy = $2`, p.ID)
		if err != nil {
			return err
		}
		have, ok := onItsWay(list)
		switch {
		case ok && have.State != Draft:
			return problem.New(problem.Conflict, "%s waits for approval or has it. Withdraw it before you change its text.", have.Words())
		case ok && have.Stamp != stamp:
			return problem.New(problem.Conflict, "Somebody saved this draft since you opened it. Compare your text with theirs, and save again.")
		case !ok && stamp != "":
			return problem.New(problem.Conflict, "The draft you changed is not there any more: it was published or discarded. Your text was not saved; begin a new draft with it.")
		}
		v, err = s.save(ctx, tx, who, p, list, v, now)
		return err
	})
	return v, err
}

// save writes the draft of a policy whose versions are list, in the caller's
// transaction.
func (s *Store) save(ctx context.Context, tx *db.Tx, who access.Actor, p Policy, list []Version, v Version, now time.Time) (Version, error) {
	before, published := inForce(list)
	v.Material = v.Material || !published
	v.Policy, v.State, v.Title, v.WrittenBy, v.WrittenAt, v.Stamp = p.ID, Draft, p.Title, who.Account(), now, newID()
	v.Major, v.Minor = next(list, v.Material)
	if v.Undertakings == nil {
		v.Undertakings = carried(before.Undertakings, v)
	}
	have, ok := onItsWay(list)
	if ok {
		v.ID = have.ID
		if have.Undertakings != nil {
			v.Undertakings = carried(have.Undertakings, v)
		}
	} else {
		v.ID = newID()
	}
	v.Undertakings = gathered(v.Undertakings, v)
	undertakings, err := json.Marshal(v.Undertakings)
	if err != nil {
		return v, err
	}
	values := []any{who.Org(), v.ID, v.Major, v.Minor, v.Material, v.Title, v.Change, v.Body, string(undertakings), v.File.Name, v.File.Media, v.File.Bytes, v.File.SHA256, v.File.Text, v.File.Note,
		v.WrittenBy, db.Micros(v.WrittenAt), v.Stamp}
	if ok {
		_, err = tx.Exec(ctx, `UPDATE policy_version SET major = $3, minor = $4, material = $5, title = $6, changed = $7, body = $8, text = '', undertakings = $9, file_name = $10, file_media = $11, file_bytes = $12,
			file_sha256 = $13, file_text = $14, file_note = $15, written_by = $16, written_at = $17, stamp = $18 WHERE org = $1 AND id = $2 AND state = 'draft'`, values...)
	} else {
		_, err = tx.Exec(ctx, `INSERT INTO policy_version (org, id, major, minor, material, title, changed, body, undertakings, file_name, file_media, file_bytes, file_sha256, file_text, file_note, written_by, written_at, stamp, policy, state, text)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, 'draft', '')`, append(values, p.ID)...)
	}
	if err != nil {
		return v, err
	}
	return v, s.record(ctx, tx, who, act{p.ID, v.ID, writtenKind, v.fact(before)}, now)
}

// carried is what of the undertakings still stands in the text, letter for letter.
// A file cannot be searched for sentences as surely, so it keeps what was typed.
func carried(list []Undertaking, v Version) []Undertaking {
	out := []Undertaking{}
	for _, u := range list {
		if v.Uploaded() || u.Sentence == "" || strings.Contains(v.Body, u.Sentence) {
			out = append(out, u)
		}
	}
	return out
}

// digest is the SHA-256 of what a version says: its title, number and text or file.
func (v Version) digest() string {
	content, _ := json.Marshal(struct {
		Title   string `json:"title"`
		Version string `json:"version"`
		Text    string `json:"text"`
		File    string `json:"file"`
	}{v.Title, v.Number(), v.said(), v.File.SHA256}) // texts: it cannot fail
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// said is the text of the version: filled in once it was sent, with its variables
// before.
func (v Version) said() string {
	if v.Text != "" {
		return v.Text
	}
	return v.Body
}

// fact is what the log says of the version; before is the one in force, or the
// zero Version.
func (v Version) fact(before Version) versionFact {
	added, removed := changedLines(before.said(), v.said())
	f := versionFact{Policy: v.Policy, Title: v.Title, Version: v.Number(), Material: v.Material, Change: v.Change, Digest: v.digest(), Added: added, Removed: removed, PDF: v.PDF}
	if before.ID != "" {
		f.Before = before.digest()
	}
	return f
}

// changedLines counts the lines of a text that are new and those that are gone.
func changedLines(before, after string) (added, removed int) {
	count := map[string]int{}
	for line := range strings.Lines(before) {
		count[strings.TrimSpace(line)]++
	}
	for line := range strings.Lines(after) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if count[line] > 0 {
			count[line]--
		} else {
			added++
		}
	}
	for line, n := range count {
		if line != "" {
			removed += n
		}
	}
	return added, removed
}

// Discard drops a draft. Nothing of it stays but the line in the log.
func (s *Store) Discard(ctx context.Context, who access.Actor, policy string, now time.Time) error {
	if err := who.May(access.WritePolicies); err != nil {
		return err
	}
	now = moment(now)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		p, list, v, err := s.open(ctx, tx, who.Org(), policy)
		if err != nil {
			return err
		}
		if v.State != Draft {
			return problem.New(problem.Conflict, "%s is no draft any more. Withdraw it first.", v.Words())
		}
		before, _ := inForce(list)
		if _, err := tx.Exec(ctx, `DELETE FROM policy_version WHERE org = $1 AND id = $2 AND state = 'draft'`, who.Org(), v.ID); err != nil {
			return err
		}
		return s.record(ctx, tx, who, act{p.ID, v.ID, discardedKind, v.fact(before)}, now)
	})
}

// open reads a policy, its versions and the one on its way into force.
func (s *Store) open(ctx context.Context, tx *db.Tx, org, policy string) (Policy, []Version, Version, error) {
	p, err := findPolicy(ctx, tx, org, policy)
	if err != nil {
		return p, nil, Version{}, err
	}
	list, err := versionsOf(ctx, tx, org, p)
	if err != nil {
		return p, nil, Version{}, err
	}
	v, ok := onItsWay(list)
	if !ok {
		return p, list, v, problem.New(problem.Conflict, "There is no draft of this policy any more. Open the policy again.")
	}
	return p, list, v, nil
}
