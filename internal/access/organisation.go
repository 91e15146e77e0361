package access

import (
	"context"
	"database/sql"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// First is what the first person to open a new server says.
type First struct {
	Token        string // from FirstRun
	Organisation string
	Slug         string // empty: made from the name
	Zone         string // empty: UTC
	Name         string
	Email        string
	Passphrase   string
}

// FirstRun reports whether nobody has an account yet, and if so makes the token
// of a link that sets the server up. It works once, for a day, and only the
// newest does.
func (s *Store) FirstRun(ctx context.Context, now time.Time) (token string, needed bool, err error) {
	var n int
	err = s.db.Read(ctx, "", func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT count(*) FROM account`).Scan(&n)
	})
	if err != nil || n > 0 {
		return "", false, err
	}
	token, err = s.newLink(ctx, kindFirst, nil, now, firstRunFor)
	return token, true, err
}

// CreateFirst makes the first organisation with its administrator and signs
// them in.
func (s *Store) CreateFirst(ctx context.Context, f First, from Client, now time.Time) (SignedIn, error) {
	if err := s.byIP.try(from.Network(), now); err != nil {
		return SignedIn{}, err
	}
	org, err := checkOrganisation(f.Organisation, f.Slug, f.Zone, now)
	if err != nil {
		return SignedIn{}, err
	}
	name, email, hash, err := s.checkPerson(ctx, f.Name, f.Email, f.Passphrase)
	if err != nil {
		return SignedIn{}, err
	}
	var in SignedIn
	err = s.db.Write(ctx, org.ID, db.People, func(ctx context.Context, tx *db.Tx) error {
		if _, err := spendLink(ctx, tx, kindFirst, f.Token, now); err != nil {
			return err
		}
		a, err := insertAccount(ctx, tx, email, name, hash, now)
		if err != nil {
			return err
		}
		if err := s.insertOrganisation(ctx, tx, org, a, now); err != nil {
			return err
		}
		in, err = startSession(ctx, tx, a, from, now)
		return err
	})
	return in, err
}

// checkPerson checks what a person says of themselves and hashes the passphrase.
func (s *Store) checkPerson(ctx context.Context, name, email, passphrase string) (_, _, hash string, err error) {
	if name, err = checkName(name); err != nil {
		return "", "", "", err
	}
	if email, err = checkEmail(email); err != nil {
		return "", "", "", err
	}
	if err = checkPassphrase("passphrase", passphrase, email); err != nil {
		return "", "", "", err
	}
	hash, err = s.hasher.hash(ctx, passphrase)
	return name, email, hash, err
}

// CreateOrganisation makes another organisation on this server, with the account
// as its administrator. Only somebody who administers one already may.
func (s *Store) CreateOrganisation(ctx context.Context, a Account, name, slug string, now time.Time) (Organisation, error) {
	org, err := checkOrganisation(name, slug, "", now)
	if err != nil {
		return Organisation{}, err
	}
	mine, err := s.Memberships(ctx, a)
	if err != nil {
		return Organisation{}, err
	}
	if !slices.ContainsFunc(mine, func(m Membership) bool { return m.Role == Administrator }) {
		return Organisation{}, problem.New(problem.Forbidden, "Only an administrator of an organisation on this server may add another one.")
	}
	err = s.db.Write(ctx, org.ID, db.People, func(ctx context.Context, tx *db.Tx) error {
		return s.insertOrganisation(ctx, tx, org, a, now)
	})
	return org, err
}

// named is what the log says of an organisation.
type named struct {
	Name string `json:"name"`
	Zone string `json:"zone"`
}

func (s *Store) insertOrganisation(ctx context.Context, tx *db.Tx, o Organisation, admin Account, now time.Time) error {
	salt := ledger.Salt()
	_, err := tx.Exec(ctx, `INSERT INTO organisation (id, slug, name, zone, created_at, salt) VALUES ($1, $2, $3, $4, $5, $6)`,
		o.ID, o.Slug, o.Name, o.Zone, db.Micros(now), salt)
	if db.IsUnique(err) {
		return &problem.Error{Code: problem.Conflict, Field: "slug", Err: err, Text: "Another organisation on this server has the short name " + o.Slug + ". Choose another one."}
	}
	if err != nil {
		return err
	}
	err = s.log.Append(ctx, tx, ledger.Leaf{Org: o.ID, At: now, Actor: admin.ID, Kind: "organisation.put", ID: o.ID, Salt: salt, Payload: named{o.Name, o.Zone}})
	if err != nil {
		return err
	}
	return s.putMember(ctx, tx, o.ID, admin.ID, admin.ID, Administrator, now)
}

var slugPattern = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$`)

// taken are short names that would be mistaken for something else.
var taken = []string{"new", "admin", "api", "static", "o", "sign-in", "settings", "healthz", "readyz", "metrics", "toucan"}

func checkOrganisation(name, slug, zone string, now time.Time) (Organisation, error) {
	name, err := checkOrganisationName(name)
	if err != nil {
		return Organisation{}, err
	}
	if slug = strings.TrimSpace(slug); slug == "" {
		slug = Slug(name)
	}
	if len(slug) < 2 || len(slug) > 40 || !slugPattern.MatchString(slug) || strings.Contains(slug, "--") || slices.Contains(taken, slug) {
		return Organisation{}, problem.Field("slug", "Choose a short name of 2 to 40 small letters, digits and single hyphens, such as meridian-cloud. It stands in every address.")
	}
	if zone, err = checkZone(zone); err != nil {
		return Organisation{}, err
	}
	return Organisation{ID: newID(), Slug: slug, Name: name, Zone: zone, CreatedAt: now}, nil
}

func checkOrganisationName(name string) (string, error) {
	name, err := db.Line("organisation", "The organisation's name", name, 120)
	if err == nil && name == "" {
		err = problem.Field("organisation", "Give the organisation a name, such as Meridian Cloud.")
	}
	return name, err
}

func checkZone(zone string) (string, error) {
	if zone = strings.TrimSpace(zone); zone == "" {
		zone = "UTC"
	}
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" || len(zone) > 64 {
		return "", problem.Field("zone", "This is not a time zone. It looks like Europe/Berlin.")
	}
	return zone, nil
}

// Slug makes a short name out of a name: "Müller & Söhne" gives "muller-sohne".
// It may be too short to be allowed.
func Slug(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(strings.ToLower(name)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		default:
			gap = true
		}
		if b.Len() >= 39 {
			break
		}
	}
	return b.String()
}

// Organisation returns the actor's organisation. Every member may see it.
func (s *Store) Organisation(ctx context.Context, who Actor) (Organisation, error) {
	if who.org == "" {
		return Organisation{}, problem.New(problem.Forbidden, "Sign in first.")
	}
	var o Organisation
	var created int64
	err := s.db.Read(ctx, who.org, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT id, slug, name, zone, created_at FROM organisation WHERE id = $1`, who.org).Scan(&o.ID, &o.Slug, &o.Name, &o.Zone, &created)
	})
	o.CreatedAt = db.Time(created)
	return o, err
}

// EditOrganisation changes name and time zone. The short name stays: it stands
// in addresses people have kept.
func (s *Store) EditOrganisation(ctx context.Context, who Actor, name, zone string, now time.Time) error {
	if err := who.May(ManageOrganisation); err != nil {
		return err
	}
	name, err := checkOrganisationName(name)
	if err != nil {
		return err
	}
	if zone, err = checkZone(zone); err != nil {
		return err
	}
	return s.db.Write(ctx, who.org, db.People, func(ctx context.Context, tx *db.Tx) error {
		var have named
		if err := tx.QueryRow(ctx, `SELECT name, zone FROM organisation WHERE id = $1`, who.org).Scan(&have.Name, &have.Zone); err != nil {
			return err
		}
		if have == (named{name, zone}) {
			return nil
		}
		salt := ledger.Salt()
		if _, err := tx.Exec(ctx, `UPDATE organisation SET name = $2, zone = $3, salt = $4 WHERE id = $1`, who.org, name, zone, salt); err != nil {
			return err
		}
		if err := s.moveZone(ctx, tx, who, have.Zone, zone, now); err != nil {
			return err
		}
		return s.log.Append(ctx, tx, ledger.Leaf{Org: who.org, At: now, Actor: who.account, Kind: "organisation.put", ID: who.org, Salt: salt, Payload: named{name, zone}})
	})
}

// Membership is one organisation of an account.
type Membership struct {
	Slug         string
	Organisation string // its name
	Role         Role
}

// Memberships lists the organisations of an account by name.
func (s *Store) Memberships(ctx context.Context, a Account) ([]Membership, error) {
	var out []Membership
	err := s.db.ReadAccount(ctx, a.ID, func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT o.slug, o.name, m.role FROM member m JOIN organisation o ON o.id = m.org
			WHERE m.account = $1 AND m.role <> '' ORDER BY lower(o.name), o.slug`, a.ID)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var m Membership
			if err := rows.Scan(&m.Slug, &m.Organisation, &m.Role); err != nil {
				return err
			}
			out = append(out, m)
		}
		return rows.Err()
	})
	return out, err
}

// Enter returns the account as an actor in one organisation. A NotFound problem
// does not tell whether the organisation exists.
func (s *Store) Enter(ctx context.Context, a Account, slug string) (Actor, error) {
	who := Actor{slug: slug, account: a.ID, name: a.Name}
	err := s.db.ReadAccount(ctx, a.ID, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `
			SELECT o.id, m.role FROM member m JOIN organisation o ON o.id = m.org
			WHERE m.account = $1 AND o.slug = $2 AND m.role <> ''`, a.ID, slug).Scan(&who.org, &who.role)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Actor{}, errNoOrganisation()
	}
	if err != nil {
		return Actor{}, err
	}
	return who, nil
}

// errNoOrganisation is the same for an organisation that is not there and for one
// that is somebody else's.
func errNoOrganisation() error {
	return problem.New(problem.NotFound, "There is no organisation here that you are a member of. Check the address, or ask its administrator for an invitation.")
}
