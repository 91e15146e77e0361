package conformance

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

func (h *house) token(t testing.TB, who access.Actor, scope ...access.Action) (string, access.Token) {
	t.Helper()
	secret, tok, err := h.access.CreateToken(t.Context(), who, access.NewToken{Name: "nightly", Scope: scope, ExpiresAt: now.Add(24 * time.Hour)}, now)
	must(t, err)
	return secret, tok
}

func TestATokenAllowsWhatItsScopeAndTheRoleBothAllow(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, boss, admin := t.Context(), h.actors[access.Manager], h.actors[access.Administrator]
		from := h.leaves(t, boss.Org())
		secret, tok := h.token(t, boss, access.EditControls, access.ViewControls, access.ViewControls)
		if !slices.Equal(tok.Scope, []access.Action{access.ViewControls, access.EditControls}) || !strings.HasPrefix(secret, "tcn_") {
			t.Errorf("token %q %+v", secret[:8], tok)
		}
		who, err := h.access.EnterWithToken(ctx, secret, "one", now)
		must(t, err)
		if who.Account() != boss.Account() || who.Org() != boss.Org() || who.Role() != access.Manager || who.Token() != tok.ID || who.Name() != boss.Name() {
			t.Errorf("actor %+v", who)
		}
		for _, r := range access.Rules() {
			want := r.Action == access.ViewControls || r.Action == access.EditControls
			if who.Can(r.Action) != want {
				t.Errorf("%s: %v, want %v", r.Action, !want, want)
			}
		}
		err = who.May(access.ViewPeople)
		if refused(t, "what the scope leaves out", err, problem.Forbidden); !strings.Contains(err.Error(), "token") {
			t.Errorf("%v does not say that it is the token", err)
		}
		_, _, err = h.access.CreateToken(ctx, who, access.NewToken{Name: "another", Scope: tok.Scope, ExpiresAt: now.Add(time.Hour)}, now)
		refused(t, "a token that makes a token", err, problem.Forbidden)

		must(t, h.access.SetRole(ctx, admin, boss.Account(), access.Viewer, now))
		who, err = h.access.EnterWithToken(ctx, secret, "one", now)
		if must(t, err); who.Can(access.EditControls) || !who.Can(access.ViewControls) {
			t.Error("after the role shrank, the token still writes or no longer reads")
		}
		must(t, h.access.RemoveMember(ctx, admin, boss.Account(), now))
		_, err = h.access.EnterWithToken(ctx, secret, "one", now)
		refused(t, "a token of somebody who left", err, problem.Forbidden)
		if got := h.kinds(t, boss.Org(), from); !slices.Equal(got, []string{"token.put", "member.role", "member.role"}) {
			t.Errorf("leaves %q", got)
		}
	})
}

func TestATokenEndsAndBelongsToOneOrganisation(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, boss, admin := t.Context(), h.actors[access.Manager], h.actors[access.Administrator]
		secret, tok := h.token(t, boss, access.ViewControls)
		for what, c := range map[string]struct {
			token, slug string
			at          time.Time
			want        problem.Code
		}{
			"just before its expiry":                {secret, "one", tok.ExpiresAt.Add(-time.Microsecond), ""},
			"at its expiry":                         {secret, "one", tok.ExpiresAt, problem.Forbidden},
			"an organisation that is another's":     {secret, "two", now, problem.NotFound},
			"an organisation that is not there":     {secret, "three", now, problem.NotFound},
			"an expired one elsewhere":              {secret, "two", tok.ExpiresAt, problem.Forbidden},
			"one letter changed":                    {flip(secret), "one", now, problem.Forbidden},
			"no token":                              {"", "one", now, problem.Forbidden},
			"a session's token":                     {"abc", "one", now, problem.Forbidden},
			"a token of an organisation that is no": {"tcn_" + strings.Repeat("A", 64), "one", now, problem.Forbidden},
		} {
			_, err := h.access.EnterWithToken(ctx, c.token, c.slug, c.at)
			if c.want == "" {
				must(t, err)
				continue
			}
			refused(t, what, err, c.want)
		}
		_, foreign := h.access.EnterWithToken(ctx, secret, "two", now)
		_, nothing := h.access.EnterWithToken(ctx, secret, "three", now)
		if foreign.Error() != nothing.Error() {
			t.Errorf("%q and %q tell somebody else's organisation from none", foreign, nothing)
		}
		refused(t, "another member revoking it", h.access.RevokeToken(ctx, h.actors[access.Contributor], tok.ID, now), problem.NotFound)
		refused(t, "an administrator of another organisation revoking it", h.access.RevokeToken(ctx, h.other, tok.ID, now), problem.NotFound)
		all, err := h.access.AllTokens(ctx, admin, now)
		if must(t, err); len(all) != 1 || all[0].AccountName != "Person Manager" || all[0].Yours {
			t.Errorf("an administrator sees %+v", all)
		}
		must(t, h.access.RevokeToken(ctx, admin, tok.ID, now))
		_, err = h.access.EnterWithToken(ctx, secret, "one", now)
		refused(t, "a revoked token", err, problem.Forbidden)
		refused(t, "revoking twice", h.access.RevokeToken(ctx, boss, tok.ID, now), problem.NotFound)
		mine, err := h.access.Tokens(ctx, boss, now)
		if must(t, err); len(mine) != 0 {
			t.Errorf("a revoked token is still listed: %+v", mine)
		}
		must(t, h.log.Verify(ctx, h.d, boss.Org()))
	})
}

func flip(secret string) string {
	last := byte('A')
	if secret[30] == 'A' {
		last = 'B'
	}
	return secret[:30] + string(last) + secret[31:]
}

func TestOnlyTheHashOfATokenIsKept(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		boss := h.actors[access.Manager]
		secret, _ := h.token(t, boss, access.ViewControls)
		_, err := h.access.EnterWithToken(t.Context(), secret, "one", now)
		must(t, err)
		before, err := h.d.Revision(t.Context(), boss.Org())
		must(t, err)
		_, err = h.access.EnterWithToken(t.Context(), secret, "one", now.Add(3*time.Minute))
		must(t, err)
		mine, err := h.access.Tokens(t.Context(), boss, now)
		if must(t, err); len(mine) != 1 || !mine[0].SeenAt.Equal(now.Add(3*time.Minute).Truncate(time.Minute)) {
			t.Errorf("last used %+v, want it to the minute", mine)
		}
		if after, _ := h.d.Revision(t.Context(), boss.Org()); after != before {
			t.Error("using a token raised the revision, so every page would be worked out again")
		}
		var kept string
		must(t, h.d.Read(t.Context(), boss.Org(), func(tx *db.Tx) error {
			return tx.QueryRow(context.Background(), `SELECT token FROM api_token WHERE org = $1`, boss.Org()).Scan(&kept)
		}))
		if len(kept) != 64 || strings.Contains(secret, kept) || strings.Contains(kept, secret) {
			t.Errorf("kept %q", kept)
		}
	})
}

func TestATokenIsRefusedThatAsksForTooMuch(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, reader := t.Context(), h.actors[access.Viewer]
		ok := access.NewToken{Name: "x", Scope: []access.Action{access.ViewControls}, ExpiresAt: now.Add(time.Hour)}
		for what, change := range map[string]func(*access.NewToken){
			"no name":                func(n *access.NewToken) { n.Name = " " },
			"two lines":              func(n *access.NewToken) { n.Name = "a\nb" },
			"nothing to do":          func(n *access.NewToken) { n.Scope = nil },
			"more than the role":     func(n *access.NewToken) { n.Scope = append(n.Scope, access.EditControls) },
			"handing access on":      func(n *access.NewToken) { n.Scope = []access.Action{access.UseTokens} },
			"an action that is none": func(n *access.NewToken) { n.Scope = []access.Action{"everything"} },
			"no end":                 func(n *access.NewToken) { n.ExpiresAt = time.Time{} },
			"an end now":             func(n *access.NewToken) { n.ExpiresAt = now },
			"an end in two years":    func(n *access.NewToken) { n.ExpiresAt = now.AddDate(2, 0, 0) },
		} {
			n := ok
			n.Scope = slices.Clone(n.Scope)
			change(&n)
			_, _, err := h.access.CreateToken(ctx, reader, n, now)
			refused(t, what, err, problem.Invalid)
		}
		for range 50 {
			_, _, err := h.access.CreateToken(ctx, reader, ok, now)
			must(t, err)
		}
		_, _, err := h.access.CreateToken(ctx, reader, ok, now)
		refused(t, "the fifty-first", err, problem.Conflict)
		ok.ExpiresAt = now.Add(2 * time.Hour) // by then the others have expired and make room
		_, _, err = h.access.CreateToken(ctx, reader, ok, now.Add(time.Hour))
		must(t, err)
	})
}

func TestATokenThatAsksTooOftenIsToldToWait(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		secret, _ := h.token(t, h.actors[access.Manager], access.ViewControls)
		other, _ := h.token(t, h.actors[access.Manager], access.ViewControls)
		var err error
		n := 0
		for ; err == nil && n < 1000; n++ {
			_, err = h.access.EnterWithToken(t.Context(), secret, "one", now)
		}
		if refused(t, "too many", err, problem.Busy); n < 100 {
			t.Errorf("already after %d", n)
		}
		_, err = h.access.EnterWithToken(t.Context(), other, "one", now)
		must(t, err)
		_, err = h.access.EnterWithToken(t.Context(), secret, "one", now.Add(time.Second))
		must(t, err)
	})
}

// TestBesideIsStoredWithTheChangeOrNotAtAll is what makes a request with an
// Idempotency-Key safe to send again.
func TestBesideIsStoredWithTheChangeOrNotAtAll(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who := h.actors[access.Manager]
		claim := func(ctx context.Context, id string) context.Context {
			return db.Beside(ctx, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO idempotency (org, id, account, route, request, status, header, response, at) VALUES ($1, $2, $3, '', '', 0, '', '', 0)`,
					who.Org(), id, who.Account())
				return err
			})
		}
		_, err := h.controls.Create(claim(t.Context(), "refused"), who, control.Control{Code: "B-0"}, now) // has no title
		if err == nil {
			t.Fatal("a control without a title was accepted")
		}
		if n := h.rows(t, who.Org())["idempotency"]; n != 0 {
			t.Errorf("a refused change left %d claims", n)
		}
		ctx := claim(t.Context(), "a")
		for _, code := range []string{"B-1", "B-2"} { // the second change of the same request claims nothing
			_, err = h.controls.Create(ctx, who, control.Control{Code: code, Title: "x"}, now)
			must(t, err)
		}
		_, err = h.controls.Create(claim(t.Context(), "a"), who, control.Control{Code: "B-3", Title: "x"}, now)
		if !db.IsUnique(err) {
			t.Errorf("a claim twice: %v", err)
		}
		_, err = h.controls.Find(t.Context(), who, "B-3")
		refused(t, "what was written beside a claim that failed", err, problem.NotFound)

		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				h.controls.Create(claim(context.Background(), "b"), who, control.Control{Code: "B-4", Title: "x"}, now)
			})
		}
		wg.Wait()
		if n := h.rows(t, who.Org())["idempotency"]; n != 2 {
			t.Errorf("%d claims, want 2", n)
		}
		must(t, h.log.Verify(t.Context(), h.d, who.Org()))
	})
}
