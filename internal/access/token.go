package access

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Token lets a program act for a member in one organisation. It allows what its
// scope names and the member's role allows at the time of use, whichever is less.
type Token struct {
	ID          string
	Account     string // id of the member it acts for
	AccountName string
	Name        string   // what its owner calls it, such as "nightly export"
	Scope       []Action // in the order of the table
	CreatedAt   time.Time
	ExpiresAt   time.Time
	SeenAt      time.Time // to the minute; zero while it was never used
	RevokedAt   time.Time // zero while it was not revoked
	Yours       bool
}

// Live reports whether the token opens anything at now. The moment of expiry no
// longer does.
func (t Token) Live(now time.Time) bool { return t.RevokedAt.IsZero() && now.Before(t.ExpiresAt) }

// NewToken is what somebody says of a token they want.
type NewToken struct {
	Name      string
	Scope     []Action
	ExpiresAt time.Time
}

const (
	tokenPrefix = "tcn_"               // so that a scanner of source code recognises a leaked one
	tokenFor    = 366 * 24 * time.Hour // the longest a token may live
	tokensEach  = 50                   // live tokens of one member in one organisation
)

// Reads reports whether the action changes nothing.
func (a Action) Reads() bool { return strings.HasPrefix(string(a), "view_") || a == ExportReports }

// Grantable lists what a token of somebody with this role may be given: what the
// role allows, except handing access on.
func Grantable(r Role) []Action {
	var out []Action
	for _, rule := range table {
		if slices.Contains(rule.Roles, r) && rule.Action != UseTokens && rule.Action != ManageMembers {
			out = append(out, rule.Action)
		}
	}
	return out
}

// GrantableReads is Grantable without what changes anything.
func GrantableReads(r Role) []Action {
	return slices.DeleteFunc(Grantable(r), func(a Action) bool { return !a.Reads() })
}

// CreateToken makes a token for the actor and returns it with its secret, which is
// shown once: only a hash is kept. A token cannot make tokens.
func (s *Store) CreateToken(ctx context.Context, who Actor, n NewToken, now time.Time) (string, Token, error) {
	if err := who.May(UseTokens); err != nil {
		return "", Token{}, err
	}
	t, err := n.checked(who, now)
	if err != nil {
		return "", Token{}, err
	}
	secret, err := newAPIToken(who.org)
	if err != nil {
		return "", Token{}, err
	}
	err = s.db.Write(ctx, who.org, db.People, func(ctx context.Context, tx *db.Tx) error {
		var live int
		err := tx.QueryRow(ctx, `SELECT count(*) FROM api_token WHERE org = $1 AND account = $2 AND revoked_at = 0 AND expires_at > $3`,
			who.org, who.account, db.Micros(now)).Scan(&live)
		if err != nil {
			return err
		}
		if live >= tokensEach {
			return problem.New(problem.Conflict, "You have %d tokens here. Revoke one that is no longer needed first.", live)
		}
		salt := ledger.Salt()
		_, err = tx.Exec(ctx, `INSERT INTO api_token (org, id, account, name, scope, token, created_at, expires_at, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			who.org, t.ID, t.Account, t.Name, joinActions(t.Scope), hashOf(secret), db.Micros(t.CreatedAt), db.Micros(t.ExpiresAt), salt)
		if err != nil {
			return err
		}
		return s.recordToken(ctx, tx, who, t, "open", salt, now)
	})
	if err != nil {
		return "", Token{}, err
	}
	return secret, t, nil
}

// checked returns the token as it is kept.
func (n NewToken) checked(who Actor, now time.Time) (Token, error) {
	name, err := db.Line("name", "The name", n.Name, 80)
	if err == nil && name == "" {
		err = problem.Field("name", "Say what the token is for, such as nightly export.")
	}
	if err != nil {
		return Token{}, err
	}
	may := Grantable(who.role)
	for _, a := range n.Scope {
		if !slices.Contains(may, a) {
			return Token{}, problem.Field("scope", "Your role does not allow everything that was chosen. Choose among the actions listed.")
		}
	}
	// in the order of the table, each once
	scope := slices.DeleteFunc(may, func(a Action) bool { return !slices.Contains(n.Scope, a) })
	if len(scope) == 0 {
		return Token{}, problem.Field("scope", "Choose at least one thing the token may do.")
	}
	now = now.UTC().Truncate(time.Microsecond)
	until := n.ExpiresAt.UTC().Truncate(time.Microsecond)
	if !until.After(now) || until.Sub(now) > tokenFor {
		return Token{}, problem.Field("expires", "Choose a day on which the token ends: after today, and within 366 days.")
	}
	return Token{ID: newID(), Account: who.account, AccountName: who.name, Name: name, Scope: scope, CreatedAt: now, ExpiresAt: until, Yours: true}, nil
}

// newAPIToken returns a secret of 256 random bits. It names the organisation, whose
// rows are behind a wall that needs a name.
func newAPIToken(org string) (string, error) {
	id, err := uuid.Parse(org)
	if err != nil {
		return "", err
	}
	b := make([]byte, 48)
	copy(b, id[:])
	rand.Read(b[16:])
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(b), nil
}

// orgOf returns the organisation a token names; false if it is no token of ours.
func orgOf(token string) (string, bool) {
	text, ok := strings.CutPrefix(token, tokenPrefix)
	b, err := base64.RawURLEncoding.DecodeString(text)
	if !ok || err != nil || len(b) != 48 {
		return "", false
	}
	return uuid.UUID(b[:16]).String(), true
}

func joinActions(list []Action) string {
	var b strings.Builder
	for i, a := range list {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(string(a))
	}
	return b.String()
}

func splitActions(text string) []Action {
	var out []Action
	for a := range strings.SplitSeq(text, "\n") {
		out = append(out, Action(a))
	}
	return out
}

// tokenFact is what the log says of a token.
type tokenFact struct {
	Account   string   `json:"account"`
	Name      string   `json:"name"`
	Scope     []Action `json:"scope"`
	ExpiresAt int64    `json:"expires_at_us"`
	State     string   `json:"state"` // open or revoked
}

func (s *Store) recordToken(ctx context.Context, tx *db.Tx, who Actor, t Token, state, salt string, now time.Time) error {
	return s.log.Append(ctx, tx, ledger.Leaf{Org: who.org, At: now, Actor: who.account, Kind: "token.put", ID: t.ID, Salt: salt,
		Payload: tokenFact{t.Account, t.Name, t.Scope, db.Micros(t.ExpiresAt), state}})
}

const tokenQuery = `
	SELECT t.id, t.account, a.name, t.name, t.scope, t.created_at, t.expires_at, t.seen_at, t.revoked_at, t.salt
	FROM api_token t JOIN account a ON a.id = t.account `

func scanToken(scan func(...any) error) (t Token, salt string, err error) {
	var scope string
	var created, expires, seen, revoked int64
	err = scan(&t.ID, &t.Account, &t.AccountName, &t.Name, &scope, &created, &expires, &seen, &revoked, &salt)
	t.Scope, t.CreatedAt, t.ExpiresAt = splitActions(scope), db.Time(created), db.Time(expires)
	if seen != 0 {
		t.SeenAt = db.Time(seen)
	}
	if revoked != 0 {
		t.RevokedAt = db.Time(revoked)
	}
	return t, salt, err
}

// Tokens lists the actor's own tokens that still open something, the newest first.
func (s *Store) Tokens(ctx context.Context, who Actor, now time.Time) ([]Token, error) {
	if err := who.May(UseTokens); err != nil {
		return nil, err
	}
	return s.tokens(ctx, who, ` AND t.account = $3`, now, who.account)
}

// AllTokens lists the tokens of every member that still open something, the newest first.
func (s *Store) AllTokens(ctx context.Context, who Actor, now time.Time) ([]Token, error) {
	if err := who.May(ManageMembers); err != nil {
		return nil, err
	}
	return s.tokens(ctx, who, ``, now)
}

func (s *Store) tokens(ctx context.Context, who Actor, where string, now time.Time, args ...any) ([]Token, error) {
	var out []Token
	err := s.db.Read(ctx, who.org, func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, tokenQuery+`WHERE t.org = $1 AND t.revoked_at = 0 AND t.expires_at > $2`+where+` ORDER BY t.id DESC LIMIT 1000`,
			append([]any{who.org, db.Micros(now)}, args...)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			t, _, err := scanToken(rows.Scan)
			if err != nil {
				return err
			}
			t.Yours = t.Account == who.account
			out = append(out, t)
		}
		return rows.Err()
	})
	return out, err
}

// RevokeToken ends a token at once. Its owner may, and whoever manages members.
func (s *Store) RevokeToken(ctx context.Context, who Actor, id string, now time.Time) error {
	if err := who.May(UseTokens); err != nil {
		return err
	}
	return s.db.Write(ctx, who.org, db.People, func(ctx context.Context, tx *db.Tx) error {
		t, salt, err := scanToken(tx.QueryRow(ctx, tokenQuery+`WHERE t.org = $1 AND t.id = $2`, who.org, id).Scan)
		if err == nil && t.Account != who.account && !who.Can(ManageMembers) {
			err = sql.ErrNoRows // somebody else's looks like none
		}
		if errors.Is(err, sql.ErrNoRows) || err == nil && !t.RevokedAt.IsZero() {
			return problem.New(problem.NotFound, "This token is revoked already.")
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE api_token SET revoked_at = $3 WHERE org = $1 AND id = $2`, who.org, id, db.Micros(now)); err != nil {
			return err
		}
		return s.recordToken(ctx, tx, who, t, "revoked", salt, now)
	})
}

// EnterWithToken returns an actor in the organisation of a slug, who may do what
// the token's scope and the member's present role both allow. It is a Forbidden
// problem if the token is unknown, expired or revoked, or its member left; a
// NotFound problem, the same as for an organisation that does not exist, if the
// token belongs to another organisation; and a Busy problem if it asks too often.
func (s *Store) EnterWithToken(ctx context.Context, token, slug string, now time.Time) (Actor, error) {
	who, t, err := s.tokenActor(ctx, token, now)
	if err != nil {
		return Actor{}, err
	}
	if s.byToken.try(t.ID, now) != nil {
		return Actor{}, problem.New(problem.Busy, "This token sends more requests than the server answers: 20 a second in the long run. Wait a second and go on.")
	}
	if now.Sub(t.SeenAt) >= seenEvery {
		err = s.db.Note(ctx, who.org, db.People, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE api_token SET seen_at = $3 WHERE org = $1 AND id = $2 AND seen_at < $3`, who.org, t.ID, db.Micros(now.Truncate(seenEvery)))
			return err
		})
		if err != nil && problem.Of(err).Code != problem.Busy { // a full queue is no reason to turn a program away
			return Actor{}, err
		}
	}
	if who.slug != slug {
		return Actor{}, errNoOrganisation()
	}
	return who, nil
}

// tokenActor finds whom a token acts for, in the organisation it names.
func (s *Store) tokenActor(ctx context.Context, token string, now time.Time) (Actor, Token, error) {
	refused := problem.New(problem.Forbidden, "This token is unknown, has expired or was revoked. Make a new one in Toucan under My account.")
	org, ok := orgOf(token)
	if !ok {
		return Actor{}, Token{}, refused
	}
	who := Actor{org: org}
	var t Token
	err := s.db.Read(ctx, org, func(tx *db.Tx) error {
		var err error
		if t, _, err = scanToken(tx.QueryRow(ctx, tokenQuery+`WHERE t.org = $1 AND t.token = $2`, org, hashOf(token)).Scan); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT o.slug, m.role FROM member m JOIN organisation o ON o.id = m.org WHERE m.org = $1 AND m.account = $2 AND m.role <> ''`,
			org, t.Account).Scan(&who.slug, &who.role)
	})
	if errors.Is(err, sql.ErrNoRows) || err == nil && !t.Live(now) {
		return Actor{}, Token{}, refused
	}
	if err != nil {
		return Actor{}, Token{}, err
	}
	who.account, who.name, who.token = t.Account, t.AccountName, &t
	return who, t, nil
}
