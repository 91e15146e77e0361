package access

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Member is an account with a role in the organisation.
type Member struct {
	Account      string // id
	Name, Email  string
	Role         Role
	Since        time.Time // when it got this role
	SecondFactor bool
	You          bool
}

// Members lists who has access, by name.
func (s *Store) Members(ctx context.Context, who Actor) ([]Member, error) {
	if err := who.May(ViewMembers); err != nil {
		return nil, err
	}
	var out []Member
	err := s.db.Read(ctx, who.org, func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT a.id, a.name, a.email, a.totp_on, m.role, m.since FROM member m JOIN account a ON a.id = m.account
			WHERE m.org = $1 AND m.role <> '' ORDER BY lower(a.name), a.id`, who.org)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var m Member
			var since int64
			if err := rows.Scan(&m.Account, &m.Name, &m.Email, &m.SecondFactor, &m.Role, &since); err != nil {
				return err
			}
			m.Since, m.You = db.Time(since), m.Account == who.account
			out = append(out, m)
		}
		return rows.Err()
	})
	return out, err
}

// Names returns what the accounts that are or once were members are called now,
// by account id: history and leaves hold ids only. Every member may ask.
func (s *Store) Names(ctx context.Context, who Actor) (map[string]string, error) {
	if who.org == "" {
		return nil, problem.New(problem.Forbidden, "Sign in first.")
	}
	out := map[string]string{}
	err := s.db.Read(ctx, who.org, func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT a.id, a.name FROM member m JOIN account a ON a.id = m.account WHERE m.org = $1`, who.org)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id, name string
			if err := rows.Scan(&id, &name); err != nil {
				return err
			}
			out[id] = name
		}
		return rows.Err()
	})
	return out, err
}

// Able returns the members whose role allows an action, by name, with nothing but
// id and name: so that anybody can ask one of them. Every member may ask.
func (s *Store) Able(ctx context.Context, who Actor, action Action) ([]Member, error) {
	if who.org == "" {
		return nil, problem.New(problem.Forbidden, "Sign in first.")
	}
	var out []Member
	err := s.db.Read(ctx, who.org, func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT a.id, a.name, m.role FROM member m JOIN account a ON a.id = m.account WHERE m.org = $1 AND m.role <> '' ORDER BY lower(a.name), a.id`, who.org)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var m Member
			var role Role
			if err := rows.Scan(&m.Account, &m.Name, &role); err != nil {
				return err
			}
			if m.You = m.Account == who.account; Allowed(role, action) {
				out = append(out, m)
			}
		}
		return rows.Err()
	})
	return out, err
}

// SetRole changes the role of a member. The last administrator stays one.
func (s *Store) SetRole(ctx context.Context, who Actor, account string, role Role, now time.Time) error {
	if err := who.May(ManageMembers); err != nil {
		return err
	}
	if !role.Valid() {
		return problem.Field("role", "Choose one of the roles listed.")
	}
	return s.changeMember(ctx, who, account, role, now)
}

// RemoveMember takes a member's access away. Their account and what they did
// stay; the last administrator stays too.
func (s *Store) RemoveMember(ctx context.Context, who Actor, account string, now time.Time) error {
	if err := who.May(ManageMembers); err != nil {
		return err
	}
	return s.changeMember(ctx, who, account, "", now)
}

func (s *Store) changeMember(ctx context.Context, who Actor, account string, role Role, now time.Time) error {
	return s.db.Write(ctx, who.org, db.People, func(ctx context.Context, tx *db.Tx) error {
		// locks the organisation: two administrators on two servers must not demote each other at once
		if _, err := tx.Exec(ctx, `UPDATE organisation SET revision = revision WHERE id = $1`, who.org); err != nil {
			return err
		}
		var have Role
		err := tx.QueryRow(ctx, `SELECT role FROM member WHERE org = $1 AND account = $2 AND role <> ''`, who.org, account).Scan(&have)
		if errors.Is(err, sql.ErrNoRows) {
			return problem.New(problem.NotFound, "This person is not a member any more.")
		}
		if err != nil || have == role {
			return err
		}
		if have == Administrator {
			var others int
			err := tx.QueryRow(ctx, `SELECT count(*) FROM member WHERE org = $1 AND role = $2 AND account <> $3`, who.org, Administrator, account).Scan(&others)
			if err != nil {
				return err
			}
			if others == 0 {
				return problem.New(problem.Conflict, "This is the only administrator. Make somebody else an administrator first.")
			}
		}
		return s.putMember(ctx, tx, who.org, who.account, account, role, now)
	})
}

// memberFact is what the log says of a membership.
type memberFact struct {
	Account string `json:"account"`
	Role    Role   `json:"role"` // empty: removed
}

// putMember writes a membership and its leaf in the caller's transaction.
func (s *Store) putMember(ctx context.Context, tx *db.Tx, org, by, account string, role Role, now time.Time) error {
	salt := ledger.Salt()
	var id string
	err := tx.QueryRow(ctx, `
		INSERT INTO member (org, id, account, role, since, salt) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (org, account) DO UPDATE SET role = excluded.role, since = excluded.since, salt = excluded.salt RETURNING id`,
		org, newID(), account, string(role), db.Micros(now), salt).Scan(&id)
	if err != nil {
		return err
	}
	return s.log.Append(ctx, tx, ledger.Leaf{Org: org, At: now, Actor: by, Kind: "member.role", ID: id, Salt: salt, Payload: memberFact{account, role}})
}

// SomebodyElse reports whether a member other than the one given may do an
// action, so that a rule of two persons can be kept at all. It reads in the
// caller's transaction.
func (s *Store) SomebodyElse(ctx context.Context, tx *db.Tx, org, account string, action Action) (bool, error) {
	rows, err := tx.Query(ctx, `SELECT DISTINCT role FROM member WHERE org = $1 AND account <> $2 AND role <> ''`, org, account)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	found := false
	for rows.Next() {
		var r Role
		if err := rows.Scan(&r); err != nil {
			return false, err
		}
		found = found || Allowed(r, action)
	}
	return found, rows.Err()
}

// Invitation asks somebody to become a member.
type Invitation struct {
	ID           string
	Email        string
	Role         Role
	Organisation string // its name
	Slug         string
	HasAccount   bool // somebody with this e-mail address has an account: they sign in to accept
	CreatedAt    time.Time
	ExpiresAt    time.Time
}

const invitationFor = 7 * 24 * time.Hour

// invitationFact is what the log says of an invitation.
type invitationFact struct {
	Email string `json:"email"`
	Role  Role   `json:"role"`
	State string `json:"state"` // open, accepted or revoked
}

// Invite makes an invitation and the token of its link, which is shown once. A
// new one to the same address replaces the one before.
func (s *Store) Invite(ctx context.Context, who Actor, email string, role Role, now time.Time) (string, Invitation, error) {
	if err := who.May(ManageMembers); err != nil {
		return "", Invitation{}, err
	}
	email, err := checkEmail(email)
	if err != nil {
		return "", Invitation{}, err
	}
	if !role.Valid() {
		return "", Invitation{}, problem.Field("role", "Choose one of the roles listed.")
	}
	secret, hash := newToken()
	inv := Invitation{ID: newID(), Email: email, Role: role, Slug: who.slug, CreatedAt: now, ExpiresAt: now.Add(invitationFor)}
	err = s.db.Write(ctx, who.org, db.People, func(ctx context.Context, tx *db.Tx) error {
		var n int
		err := tx.QueryRow(ctx, `SELECT count(*) FROM member m JOIN account a ON a.id = m.account WHERE m.org = $1 AND a.email = $2 AND m.role <> ''`, who.org, email).Scan(&n)
		if err != nil {
			return err
		}
		if n > 0 {
			return &problem.Error{Code: problem.Conflict, Field: "email", Text: email + " is a member already. Change the role in the list of members."}
		}
		if err := s.revokeOpen(ctx, tx, who, `email = $3`, email, now); err != nil {
			return err
		}
		salt := ledger.Salt()
		_, err = tx.Exec(ctx, `INSERT INTO invitation (org, id, email, role, token, invited_by, created_at, expires_at, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			who.org, inv.ID, email, string(role), hash, who.account, db.Micros(now), db.Micros(inv.ExpiresAt), salt)
		if err != nil {
			return err
		}
		return s.log.Append(ctx, tx, ledger.Leaf{Org: who.org, At: now, Actor: who.account, Kind: "invitation.put", ID: inv.ID, Salt: salt, Payload: invitationFact{email, role, "open"}})
	})
	if err != nil {
		return "", Invitation{}, err
	}
	// the organisation is part of the token: its rows are behind a wall that needs a name
	return who.org + "." + secret, inv, nil
}

// revokeOpen ends open invitations and writes their leaves.
func (s *Store) revokeOpen(ctx context.Context, tx *db.Tx, who Actor, where, arg string, now time.Time) error {
	rows, err := tx.Query(ctx, `UPDATE invitation SET revoked_at = $2 WHERE org = $1 AND accepted_at = 0 AND revoked_at = 0 AND `+where+` RETURNING id, email, role, salt`,
		who.org, db.Micros(now), arg)
	if err != nil {
		return err
	}
	defer rows.Close()
	var leaves []ledger.Leaf
	for rows.Next() {
		f := invitationFact{State: "revoked"}
		l := ledger.Leaf{Org: who.org, At: now, Actor: who.account, Kind: "invitation.put"}
		if err := rows.Scan(&l.ID, &f.Email, &f.Role, &l.Salt); err != nil {
			return err
		}
		l.Payload = f
		leaves = append(leaves, l)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, l := range leaves {
		if err := s.log.Append(ctx, tx, l); err != nil {
			return err
		}
	}
	return nil
}

// Invitations lists the open invitations, the newest first.
func (s *Store) Invitations(ctx context.Context, who Actor, now time.Time) ([]Invitation, error) {
	if err := who.May(ViewMembers); err != nil {
		return nil, err
	}
	var out []Invitation
	err := s.db.Read(ctx, who.org, func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, invitationQuery+`WHERE i.org = $1 AND i.accepted_at = 0 AND i.revoked_at = 0 AND i.expires_at > $2 ORDER BY i.id DESC`, who.org, db.Micros(now))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			i, err := scanInvitation(rows.Scan)
			if err != nil {
				return err
			}
			out = append(out, i)
		}
		return rows.Err()
	})
	return out, err
}

const invitationQuery = `
	SELECT i.id, i.email, i.role, i.created_at, i.expires_at, o.name, o.slug, a.id IS NOT NULL
	FROM invitation i JOIN organisation o ON o.id = i.org LEFT JOIN account a ON a.email = i.email `

func scanInvitation(scan func(...any) error) (Invitation, error) {
	var i Invitation
	var created, expires int64
	err := scan(&i.ID, &i.Email, &i.Role, &created, &expires, &i.Organisation, &i.Slug, &i.HasAccount)
	i.CreatedAt, i.ExpiresAt = db.Time(created), db.Time(expires)
	return i, err
}

// RevokeInvitation makes an invitation's link useless.
func (s *Store) RevokeInvitation(ctx context.Context, who Actor, id string, now time.Time) error {
	if err := who.May(ManageMembers); err != nil {
		return err
	}
	return s.db.Write(ctx, who.org, db.People, func(ctx context.Context, tx *db.Tx) error {
		return s.revokeOpen(ctx, tx, who, `id = $3`, id, now)
	})
}

// Invitation returns the open invitation of a token, for the page it leads to.
func (s *Store) Invitation(ctx context.Context, token string, now time.Time) (Invitation, error) {
	org, secret, _ := strings.Cut(token, ".")
	if len(org) != 36 {
		return Invitation{}, errInvitation()
	}
	var i Invitation
	err := s.db.Read(ctx, org, func(tx *db.Tx) (err error) {
		i, err = openInvitation(ctx, tx, org, secret, now)
		return err
	})
	return i, err
}

func openInvitation(ctx context.Context, tx *db.Tx, org, secret string, now time.Time) (Invitation, error) {
	i, err := scanInvitation(tx.QueryRow(ctx, invitationQuery+`WHERE i.org = $1 AND i.token = $2 AND i.accepted_at = 0 AND i.revoked_at = 0 AND i.expires_at > $3`,
		org, hashOf(secret), db.Micros(now)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return i, errInvitation()
	}
	return i, err
}

func errInvitation() error {
	return problem.New(problem.NotFound, "This invitation has been used, taken back, or has expired. Ask for a new one.")
}

// AcceptNew makes an account for an invitation to somebody who has none, and
// signs them in.
func (s *Store) AcceptNew(ctx context.Context, token, name, passphrase string, from Client, now time.Time) (SignedIn, error) {
	if err := s.byIP.try(from.Network(), now); err != nil {
		return SignedIn{}, err
	}
	i, err := s.Invitation(ctx, token, now)
	if err != nil {
		return SignedIn{}, err
	}
	name, email, hash, err := s.checkPerson(ctx, name, i.Email, passphrase)
	if err != nil {
		return SignedIn{}, err
	}
	org, secret, _ := strings.Cut(token, ".")
	var in SignedIn
	err = s.db.Write(ctx, org, db.People, func(ctx context.Context, tx *db.Tx) error {
		a, err := insertAccount(ctx, tx, email, name, hash, now)
		if err != nil {
			return err
		}
		if _, err := s.accept(ctx, tx, org, secret, a, now); err != nil {
			return err
		}
		in, err = startSession(ctx, tx, a, from, now)
		return err
	})
	return in, err
}

// AcceptByLink makes an account without a passphrase for an invitation: no passphrase
// signs it in, only a link made on the server (SignInLink).
func (s *Store) AcceptByLink(ctx context.Context, token, name string, now time.Time) (Account, error) {
	i, err := s.Invitation(ctx, token, now)
	if err != nil {
		return Account{}, err
	}
	if name, err = checkName(name); err != nil {
		return Account{}, err
	}
	org, secret, _ := strings.Cut(token, ".")
	var a Account
	err = s.db.Write(ctx, org, db.People, func(ctx context.Context, tx *db.Tx) (err error) {
		if a, err = insertAccount(ctx, tx, i.Email, name, "", now); err != nil {
			return err
		}
		_, err = s.accept(ctx, tx, org, secret, a, now)
		return err
	})
	return a, err
}

// Accept makes a signed-in account a member. It must be the account that was
// invited: somebody else's link is no way in.
func (s *Store) Accept(ctx context.Context, a Account, token string, now time.Time) (Membership, error) {
	i, err := s.Invitation(ctx, token, now)
	if err != nil {
		return Membership{}, err
	}
	if a.ID == "" || i.Email != a.Email {
		return Membership{}, problem.New(problem.Forbidden, "This invitation is for %s. Sign in with that address to accept it.", i.Email)
	}
	org, secret, _ := strings.Cut(token, ".")
	err = s.db.Write(ctx, org, db.People, func(ctx context.Context, tx *db.Tx) error {
		i, err = s.accept(ctx, tx, org, secret, a, now)
		return err
	})
	return Membership{Slug: i.Slug, Organisation: i.Organisation, Role: i.Role}, err
}

func (s *Store) accept(ctx context.Context, tx *db.Tx, org, secret string, a Account, now time.Time) (Invitation, error) {
	i, err := openInvitation(ctx, tx, org, secret, now)
	if err != nil {
		return i, err
	}
	var salt string
	err = tx.QueryRow(ctx, `UPDATE invitation SET accepted_at = $3 WHERE org = $1 AND id = $2 AND accepted_at = 0 AND revoked_at = 0 RETURNING salt`, org, i.ID, db.Micros(now)).Scan(&salt)
	if errors.Is(err, sql.ErrNoRows) {
		return i, errInvitation()
	}
	if err != nil {
		return i, err
	}
	err = s.log.Append(ctx, tx, ledger.Leaf{Org: org, At: now, Actor: a.ID, Kind: "invitation.put", ID: i.ID, Salt: salt, Payload: invitationFact{i.Email, i.Role, "accepted"}})
	if err != nil {
		return i, err
	}
	return i, s.putMember(ctx, tx, org, a.ID, a.ID, i.Role, now)
}
