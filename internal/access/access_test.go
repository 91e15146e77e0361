package access_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

var now = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

const passphrase = "four heavy wooden boats"

var from = access.Client{IP: "192.0.2.1", Agent: "test\nbrowser\x00\xff"}

func open(t testing.TB, d *db.DB) *access.Store {
	t.Helper()
	s, err := access.New(access.Config{DB: d, Ledger: ledger.New(), KeyDir: filepath.Join(t.TempDir(), "keys"), Cost: access.Cost{KiB: 64, Passes: 1, Threads: 1}})
	must(t, err)
	return s
}

// first sets the server up and returns its administrator.
func first(t testing.TB, s *access.Store) access.SignedIn {
	t.Helper()
	token, needed, err := s.FirstRun(t.Context(), now)
	if must(t, err); !needed {
		t.Fatal("an empty database needs a first run")
	}
	in, err := s.CreateFirst(t.Context(), access.First{Token: token, Organisation: "Meridian Cloud", Zone: "Europe/Berlin", Name: "Ada", Email: "Ada@Meridian.test", Passphrase: passphrase}, from, now)
	must(t, err)
	return in
}

func enter(t testing.TB, s *access.Store, a access.Account) access.Actor {
	t.Helper()
	who, err := s.Enter(t.Context(), a, "meridian-cloud")
	must(t, err)
	return who
}

// join makes somebody a member.
func join(t testing.TB, s *access.Store, admin access.Actor, email string, r access.Role) access.SignedIn {
	t.Helper()
	token, _, err := s.Invite(t.Context(), admin, email, r, now)
	must(t, err)
	in, err := s.AcceptNew(t.Context(), token, "Person "+email, passphrase, from, now)
	must(t, err)
	return in
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused checks the code of a problem.
func refused(t testing.TB, what string, err error, want problem.Code) {
	t.Helper()
	if err == nil || problem.Of(err).Code != want {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

func TestTheFirstRunHappensOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		old, _, err := s.FirstRun(t.Context(), now)
		must(t, err)
		token, _, err := s.FirstRun(t.Context(), now)
		must(t, err)
		f := access.First{Token: old, Organisation: "Meridian Cloud", Name: "Ada", Email: "ada@meridian.test", Passphrase: passphrase}
		_, err = s.CreateFirst(t.Context(), f, from, now)
		refused(t, "a link that a newer one replaced", err, problem.Forbidden)
		f.Token = token
		_, err = s.CreateFirst(t.Context(), f, from, now.Add(25*time.Hour))
		refused(t, "a link of yesterday", err, problem.Forbidden)
		f.Passphrase = "short"
		_, err = s.CreateFirst(t.Context(), f, from, now)
		refused(t, "a short passphrase", err, problem.Invalid)
		f.Passphrase = passphrase
		in, err := s.CreateFirst(t.Context(), f, from, now)
		must(t, err) // the faults before did not use the link up
		_, err = s.CreateFirst(t.Context(), f, from, now)
		refused(t, "the same link again", err, problem.Forbidden)
		if _, needed, err := s.FirstRun(t.Context(), now); needed || err != nil {
			t.Errorf("a server with an account needs no first run (%v)", err)
		}
		if who := enter(t, s, in.Account); who.Role() != access.Administrator || who.Slug() != "meridian-cloud" {
			t.Errorf("the first person is %s in %q", who.Role(), who.Slug())
		}
	})
}

func TestSignIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		first(t, s)
		in, err := s.SignIn(t.Context(), access.Credentials{Email: " ADA@meridian.test", Passphrase: passphrase}, from, now)
		must(t, err)
		a, err := s.Authenticate(t.Context(), in.Token, now)
		if must(t, err); a.Name != "Ada" || a.Session != in.Account.Session {
			t.Errorf("authenticated %+v", a)
		}
		for what, c := range map[string]access.Credentials{
			"a wrong passphrase":   {Email: "ada@meridian.test", Passphrase: passphrase + "!"},
			"an unknown address":   {Email: "eve@meridian.test", Passphrase: passphrase},
			"nothing":              {},
			"a very long one":      {Email: "ada@meridian.test", Passphrase: strings.Repeat("x", 1<<20)},
			"an address with NUL":  {Email: "ada@meridian.test\x00", Passphrase: passphrase},
			"a very long address":  {Email: strings.Repeat("a", 1<<16), Passphrase: passphrase},
			"broken text":          {Email: "\xff\xfe", Passphrase: "\xff"},
			"SQL where an address": {Email: "' OR 1=1 --", Passphrase: passphrase},
		} {
			_, err := s.SignIn(t.Context(), c, from, now)
			refused(t, what, err, problem.Forbidden)
		}
		_, err = s.Authenticate(t.Context(), "no-token", now)
		refused(t, "a made-up token", err, problem.Forbidden)
	})
}

func TestSessionsEnd(t *testing.T) {
	d := dbtest.SQLite(t)
	s := open(t, d)
	in := first(t, s)
	at := now
	for range 65 { // a request every eleven hours keeps a session for 30 days and no longer
		_, err := s.Authenticate(t.Context(), in.Token, at)
		if alive := at.Before(now.Add(30 * 24 * time.Hour)); alive != (err == nil) {
			t.Fatalf("after %v: %v", at.Sub(now), err)
		}
		at = at.Add(11 * time.Hour)
	}
	in, err := s.SignIn(t.Context(), access.Credentials{Email: "ada@meridian.test", Passphrase: passphrase}, from, at)
	must(t, err)
	_, err = s.Authenticate(t.Context(), in.Token, at.Add(12*time.Hour))
	refused(t, "twelve idle hours", err, problem.Forbidden)
	_, err = s.Authenticate(t.Context(), in.Token, at.Add(12*time.Hour-time.Second))
	must(t, err)
}

func TestSessionsAreListedAndRevoked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		here := first(t, s)
		there, err := s.SignIn(t.Context(), access.Credentials{Email: "ada@meridian.test", Passphrase: passphrase}, access.Client{IP: "198.51.100.7", Agent: "<script>"}, now.Add(time.Second))
		must(t, err)
		list, err := s.Sessions(t.Context(), here.Account, now)
		must(t, err)
		if len(list) != 2 || list[0].Agent != "<script>" || list[0].Current || !list[1].Current || list[1].Agent != "testbrowser" {
			t.Fatalf("sessions %+v", list)
		}
		bob := join(t, s, enter(t, s, here.Account), "bob@meridian.test", access.Viewer)
		refused(t, "revoking somebody else's session", s.Revoke(t.Context(), bob.Account, list[0].ID), problem.NotFound)
		must(t, s.Revoke(t.Context(), here.Account, list[0].ID))
		_, err = s.Authenticate(t.Context(), there.Token, now)
		refused(t, "a revoked session", err, problem.Forbidden)
		must(t, s.SignOut(t.Context(), here.Token))
		_, err = s.Authenticate(t.Context(), here.Token, now)
		refused(t, "a session signed out", err, problem.Forbidden)
		_, err = s.Authenticate(t.Context(), bob.Token, now)
		must(t, err)
	})
}

func TestChangingThePassphraseEndsOtherSessions(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	here := first(t, s)
	there, err := s.SignIn(t.Context(), access.Credentials{Email: "ada@meridian.test", Passphrase: passphrase}, from, now)
	must(t, err)
	refused(t, "without the old one", s.ChangePassphrase(t.Context(), here.Account, "guess", "five heavy wooden boats", now), problem.Invalid)
	must(t, s.ChangePassphrase(t.Context(), here.Account, passphrase, "five heavy wooden boats", now))
	_, err = s.Authenticate(t.Context(), there.Token, now)
	refused(t, "the other browser", err, problem.Forbidden)
	_, err = s.Authenticate(t.Context(), here.Token, now)
	must(t, err)
	_, err = s.SignIn(t.Context(), access.Credentials{Email: "ada@meridian.test", Passphrase: passphrase}, from, now)
	refused(t, "the old passphrase", err, problem.Forbidden)
}

func TestTooManyTriesAreRefused(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	first(t, s)
	guess := func(email, ip string) error {
		_, err := s.SignIn(t.Context(), access.Credentials{Email: email, Passphrase: "wrong guess"}, access.Client{IP: ip}, now)
		return err
	}
	for i := range 8 {
		refused(t, "a guess", guess("ada@meridian.test", fmt.Sprint("192.0.2.", i)), problem.Forbidden)
	}
	refused(t, "the ninth guess at one account, from wherever", guess("ada@meridian.test", "198.51.100.1"), problem.Busy)
	for i := range 60 {
		refused(t, "a guess", guess(fmt.Sprintf("p%d@meridian.test", i), "203.0.113.1"), problem.Forbidden)
	}
	refused(t, "the 61st guess from one address", guess("p99@meridian.test", "203.0.113.1"), problem.Busy)
	for i := range 60 {
		refused(t, "a guess", guess(fmt.Sprintf("q%d@meridian.test", i), fmt.Sprintf("2001:db8:1:2::%x", i)), problem.Forbidden)
	}
	refused(t, "the 61st guess from one network of IPv6", guess("q99@meridian.test", "2001:db8:1:2:ffff::1"), problem.Busy)
	refused(t, "a guess from another", guess("q99@meridian.test", "2001:db8:1:3::1"), problem.Forbidden)
	_, err := s.SignIn(t.Context(), access.Credentials{Email: "ada@meridian.test", Passphrase: passphrase}, from, now.Add(31*time.Second))
	must(t, err) // a person who waits gets in
}

func TestSecondFactor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		in := first(t, s)
		e, err := s.EnrolTOTP(t.Context(), in.Account, now)
		must(t, err)
		sign := func(code string, at time.Time) error {
			_, err := s.SignIn(t.Context(), access.Credentials{Email: "ada@meridian.test", Passphrase: passphrase, Code: code}, from, at)
			return err
		}
		code := func(at time.Time) string {
			c, err := totp.GenerateCode(e.Secret, at)
			must(t, err)
			return c
		}
		must(t, sign("", now)) // begun is not in force
		_, err = s.ConfirmTOTP(t.Context(), in.Account, "000000", now)
		refused(t, "a wrong first code", err, problem.Invalid)
		recovery, err := s.ConfirmTOTP(t.Context(), in.Account, code(now), now)
		if must(t, err); len(recovery) != 10 {
			t.Fatalf("%d recovery codes", len(recovery))
		}
		err = sign("", now)
		if refused(t, "no code", err, problem.Invalid); problem.Of(err).Field != "code" {
			t.Errorf("field %q", problem.Of(err).Field)
		}
		refused(t, "the code that confirmed, again", sign(code(now), now), problem.Invalid)
		later := now.Add(5 * time.Minute)
		must(t, sign(code(later), later))
		refused(t, "a replay", sign(code(later), later), problem.Invalid)
		later = later.Add(5 * time.Minute)
		refused(t, "a code of a minute ago", sign(code(later.Add(-time.Minute)), later), problem.Invalid)
		must(t, sign(code(later.Add(-30*time.Second)), later)) // clocks drift
		later = later.Add(10 * time.Minute)
		must(t, sign(" "+strings.ToLower(recovery[3])+" ", later))
		refused(t, "a recovery code again", sign(recovery[3], later), problem.Invalid)
		must(t, sign(recovery[4], later))
		_, err = s.EnrolTOTP(t.Context(), in.Account, later)
		refused(t, "another one beside it", err, problem.Conflict)
		refused(t, "removing it in a borrowed browser", s.DisableTOTP(t.Context(), in.Account, "guess", later), problem.Invalid)
		must(t, s.DisableTOTP(t.Context(), in.Account, passphrase, later))
		must(t, sign("", later))
	})
}

func TestTheKeyFileIsPrivateAndNeeded(t *testing.T) {
	d := dbtest.SQLite(t)
	dir := filepath.Join(t.TempDir(), "keys")
	build := func(dir string) *access.Store {
		s, err := access.New(access.Config{DB: d, Ledger: ledger.New(), KeyDir: dir, Cost: access.Cost{KiB: 64, Passes: 1, Threads: 1}})
		must(t, err)
		return s
	}
	s := build(dir)
	in := first(t, s)
	e, err := s.EnrolTOTP(t.Context(), in.Account, now)
	must(t, err)
	st, err := os.Stat(filepath.Join(dir, "second-factor.key"))
	if must(t, err); st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", st.Mode())
	}
	code, err := totp.GenerateCode(e.Secret, now)
	must(t, err)
	if _, err := build(t.TempDir()).ConfirmTOTP(t.Context(), in.Account, code, now); err == nil {
		t.Error("a second factor opened with another key")
	}
	if _, err := build(dir).ConfirmTOTP(t.Context(), in.Account, code, now); err != nil {
		t.Errorf("the next start reads the same key: %v", err)
	}
	must(t, os.WriteFile(filepath.Join(dir, "second-factor.key"), []byte("short"), 0o600))
	_, err = access.New(access.Config{DB: d, Ledger: ledger.New(), KeyDir: dir})
	refused(t, "a damaged key", err, problem.Invalid)
}

func TestASignInLinkWorksOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		first(t, s)
		a, err := s.AccountByEmail(t.Context(), "ADA@meridian.test")
		must(t, err)
		token, err := s.SignInLink(t.Context(), a.ID, now)
		must(t, err)
		_, err = s.Authenticate(t.Context(), token, now)
		refused(t, "a link is no session", err, problem.Forbidden)
		_, err = s.SignInByLink(t.Context(), token, from, now.Add(10*time.Minute))
		refused(t, "after ten minutes", err, problem.Forbidden)
		in, err := s.SignInByLink(t.Context(), token, from, now)
		must(t, err)
		_, err = s.Authenticate(t.Context(), in.Token, now)
		must(t, err)
		_, err = s.SignInByLink(t.Context(), token, from, now)
		refused(t, "a second time", err, problem.Forbidden)
	})
}

func TestInvitations(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		ada := first(t, s)
		admin := enter(t, s, ada.Account)
		old, _, err := s.Invite(t.Context(), admin, "bob@meridian.test", access.Viewer, now)
		must(t, err)
		token, inv, err := s.Invite(t.Context(), admin, "Bob@Meridian.test", access.Manager, now)
		must(t, err)
		_, err = s.Invitation(t.Context(), old, now)
		refused(t, "an invitation that a newer one replaced", err, problem.NotFound)
		open, err := s.Invitations(t.Context(), admin, now)
		if must(t, err); len(open) != 1 || open[0].ID != inv.ID || open[0].Role != access.Manager {
			t.Errorf("open invitations %+v", open)
		}
		_, err = s.Accept(t.Context(), ada.Account, token, now)
		refused(t, "somebody else's invitation", err, problem.Forbidden)
		_, err = s.AcceptNew(t.Context(), token, "Bob", passphrase, from, now.Add(8*24*time.Hour))
		refused(t, "after a week", err, problem.NotFound)
		bob, err := s.AcceptNew(t.Context(), token, "Bob", passphrase, from, now)
		must(t, err)
		_, err = s.AcceptNew(t.Context(), token, "Bob", passphrase, from, now)
		refused(t, "a second time", err, problem.NotFound)
		if who := enter(t, s, bob.Account); who.Role() != access.Manager {
			t.Errorf("Bob is %s", who.Role())
		}
		_, _, err = s.Invite(t.Context(), admin, "bob@meridian.test", access.Viewer, now)
		refused(t, "inviting a member", err, problem.Conflict)

		// an account without a passphrase is signed in by a link of the server and nothing else
		token, _, err = s.Invite(t.Context(), admin, "noor@meridian.test", access.Employee, now)
		must(t, err)
		noor, err := s.AcceptByLink(t.Context(), token, "Noor", now)
		must(t, err)
		_, err = s.AcceptByLink(t.Context(), token, "Noor", now)
		refused(t, "a second time", err, problem.NotFound)
		if who := enter(t, s, noor); who.Role() != access.Employee {
			t.Errorf("Noor is %s", who.Role())
		}
		for _, p := range []string{"", passphrase} {
			if _, err := s.SignIn(t.Context(), access.Credentials{Email: "noor@meridian.test", Passphrase: p}, from, now); err == nil {
				t.Errorf("the passphrase %q signs in an account that has none", p)
			}
		}
		link, err := s.SignInLink(t.Context(), noor.ID, now)
		must(t, err)
		if _, err := s.SignInByLink(t.Context(), link, from, now); err != nil {
			t.Error(err)
		}

		// an account that exists elsewhere must sign in: the address alone proves nothing
		_, err = s.CreateOrganisation(t.Context(), ada.Account, "Second", "second", now)
		must(t, err)
		second, err := s.Enter(t.Context(), ada.Account, "second")
		must(t, err)
		token, _, err = s.Invite(t.Context(), second, "bob@meridian.test", access.Auditor, now)
		must(t, err)
		i, err := s.Invitation(t.Context(), token, now)
		if must(t, err); !i.HasAccount || i.Organisation != "Second" {
			t.Errorf("invitation %+v", i)
		}
		_, err = s.AcceptNew(t.Context(), token, "Mallory", "five heavy wooden boats", from, now)
		refused(t, "a new passphrase for an account that exists", err, problem.Conflict)
		m, err := s.Accept(t.Context(), bob.Account, token, now)
		if must(t, err); m.Slug != "second" || m.Role != access.Auditor {
			t.Errorf("membership %+v", m)
		}
		mine, err := s.Memberships(t.Context(), bob.Account)
		if must(t, err); len(mine) != 2 || mine[0].Slug != "meridian-cloud" || mine[1].Slug != "second" {
			t.Errorf("memberships %+v", mine)
		}
		for _, bad := range []string{"", ".", "x.y", strings.Repeat("a", 36) + "." + "z", "\x00"} {
			_, err := s.Invitation(t.Context(), bad, now)
			refused(t, "the token "+bad, err, problem.NotFound)
		}
		token, inv, err = s.Invite(t.Context(), admin, "eve@meridian.test", access.Viewer, now)
		must(t, err)
		must(t, s.RevokeInvitation(t.Context(), admin, inv.ID, now))
		_, err = s.AcceptNew(t.Context(), token, "Eve", passphrase, from, now)
		refused(t, "a revoked invitation", err, problem.NotFound)
		must(t, ledger.New().Verify(t.Context(), d, admin.Org()))
	})
}

func TestTheLastAdministratorStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		ada := first(t, s).Account
		admin := enter(t, s, ada)
		bob := join(t, s, admin, "bob@meridian.test", access.Manager).Account
		refused(t, "removing the last administrator", s.RemoveMember(t.Context(), admin, ada.ID, now), problem.Conflict)
		refused(t, "demoting the last administrator", s.SetRole(t.Context(), admin, ada.ID, access.Viewer, now), problem.Conflict)
		refused(t, "a made-up role", s.SetRole(t.Context(), admin, bob.ID, "owner", now), problem.Invalid)
		must(t, s.SetRole(t.Context(), admin, bob.ID, access.Administrator, now))
		must(t, s.RemoveMember(t.Context(), admin, ada.ID, now))
		_, err := s.Enter(t.Context(), ada, "meridian-cloud")
		refused(t, "a removed member", err, problem.NotFound)
		if mine, err := s.Memberships(t.Context(), ada); len(mine) != 0 || err != nil {
			t.Errorf("memberships of a removed member: %v, %v", mine, err)
		}
		refused(t, "removing twice", s.RemoveMember(t.Context(), enter(t, s, bob), ada.ID, now), problem.NotFound)
		all, err := s.Members(t.Context(), enter(t, s, bob))
		if must(t, err); len(all) != 1 || all[0].Email != "bob@meridian.test" || !all[0].You {
			t.Errorf("members %+v", all)
		}
		token, _, err := s.Invite(t.Context(), enter(t, s, bob), "ada@meridian.test", access.Viewer, now)
		must(t, err)
		_, err = s.Accept(t.Context(), ada, token, now) // and may come back
		must(t, err)
		must(t, ledger.New().Verify(t.Context(), d, admin.Org()))
	})
}

func TestOrganisations(t *testing.T) {
	d := dbtest.SQLite(t)
	s := open(t, d)
	ada := first(t, s).Account
	admin := enter(t, s, ada)
	bob := join(t, s, admin, "bob@meridian.test", access.Manager).Account
	for slug, want := range map[string]problem.Code{"meridian-cloud": problem.Conflict, "a": problem.Invalid, "A": problem.Invalid, "a--b": problem.Invalid, "-ab": problem.Invalid,
		"ab-": problem.Invalid, "api": problem.Invalid, "a b": problem.Invalid, "../x": problem.Invalid, strings.Repeat("a", 41): problem.Invalid} {
		_, err := s.CreateOrganisation(t.Context(), ada, "Another", slug, now)
		refused(t, "the short name "+slug, err, want)
	}
	_, err := s.CreateOrganisation(t.Context(), bob, "Another", "", now)
	refused(t, "a manager adding an organisation", err, problem.Forbidden)
	o, err := s.CreateOrganisation(t.Context(), ada, "Müller & Söhne <b>", "", now)
	if must(t, err); o.Slug != "muller-sohne-b" {
		t.Errorf("slug %q", o.Slug)
	}
	must(t, s.EditOrganisation(t.Context(), admin, "Meridian", "America/Los_Angeles", now))
	refused(t, "a zone that is none", s.EditOrganisation(t.Context(), admin, "Meridian", "Mars/Olympus", now), problem.Invalid)
	refused(t, "a zone that is a path", s.EditOrganisation(t.Context(), admin, "Meridian", "../../etc/passwd", now), problem.Invalid)
	got, err := s.Organisation(t.Context(), admin)
	if must(t, err); got.Name != "Meridian" || got.Zone != "America/Los_Angeles" || !got.CreatedAt.Equal(now) {
		t.Errorf("organisation %+v", got)
	}
}

func TestPassphrases(t *testing.T) {
	d := dbtest.SQLite(t)
	s := open(t, d)
	for _, tt := range []struct {
		passphrase string
		ok         bool
	}{
		{"elevenchars", false},
		{"twelve chars", true},
		{"zwölf Zeichen", true},
		{"passwordpassword", false},
		{"Password123456!", false},
		{"123456789012", false},
		{"qwertyuiop123", false},
		{"aaaaaaaaaaaaaaaa", false},
		{"ada.lovelace2026", false},
		{"Meridian-2026!", false},
		{"correct horse battery staple x", true},
		{"パスワードは十二文字以上です", true},
		{strings.Repeat("long ", 300), false},
	} {
		_, err := s.CreateFirst(t.Context(), access.First{Token: "none", Organisation: "Meridian", Name: "Ada", Email: "ada.lovelace@meridian.test", Passphrase: tt.passphrase},
			access.Client{IP: tt.passphrase}, now)
		want := problem.Forbidden // good enough to look at the token
		if !tt.ok {
			want = problem.Invalid
		}
		refused(t, fmt.Sprintf("%.20q", tt.passphrase), err, want)
	}
}

func TestTheTable(t *testing.T) {
	for _, rule := range access.Rules() {
		if !access.Allowed(access.Administrator, rule.Action) && rule.Action != access.ReportDevices { // no person speaks for a device
			t.Errorf("an administrator may not %s", rule.Action)
		}
		own := slices.Contains([]access.Action{access.OwnTasks, access.AnswerRequests, access.OwnPolicies, access.UseDevices}, rule.Action) // what is asked of him or her, and nothing else
		if access.Allowed(access.Employee, rule.Action) != own {
			t.Errorf("an employee may %s: %v", rule.Action, !own)
		}
		if access.Allowed("", rule.Action) || access.Allowed("owner", rule.Action) {
			t.Errorf("nobody may %s", rule.Action)
		}
		if rule.Doc == "" || strings.HasSuffix(rule.Doc, ".") {
			t.Errorf("%s: %q does not complete a sentence", rule.Action, rule.Doc)
		}
	}
	if access.Allowed(access.Administrator, "no_such_action") {
		t.Error("an action that is in no line is allowed")
	}
	if (access.Actor{}).Can(access.ViewControls) {
		t.Error("the zero actor may do something")
	}
	for _, change := range []access.Action{access.EditControls, access.ApproveControls, access.ImportInventory, access.EditLinks, access.ManageFrameworks, access.ManagePeople, access.ManageMembers, access.ManageOrganisation} {
		if access.Allowed(access.Auditor, change) || access.Allowed(access.Viewer, change) {
			t.Errorf("an auditor or a viewer may %s", change)
		}
	}
}

func BenchmarkSignIn(b *testing.B) {
	d := dbtest.SQLite(b)
	s, err := access.New(access.Config{DB: d, Ledger: ledger.New()})
	must(b, err)
	first(b, s)
	for b.Loop() {
		if _, err := s.SignIn(b.Context(), access.Credentials{Email: "ada@meridian.test", Passphrase: passphrase}, access.Client{IP: fmt.Sprint(b.N)}, now); err != nil && problem.Of(err).Code != problem.Busy {
			b.Fatal(err)
		}
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	for name, openDB := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(name, func(b *testing.B) {
			s := open(b, openDB(b))
			in := first(b, s)
			for b.Loop() {
				if _, err := s.Authenticate(b.Context(), in.Token, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
