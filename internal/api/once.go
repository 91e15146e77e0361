package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

const (
	answersFor = 24 * time.Hour
	maxAnswer  = 1 << 20 // a longer answer is not kept
	maxKey     = 200
)

// InOnce is what every operation takes that makes something.
type InOnce struct {
	Key string `header:"Idempotency-Key" maxLength:"200" doc:"Any text that names this request, such as a UUID. The same request with the same key within 24 hours is carried out once, and answered the same again."`
}

// answer is what was said to a request with a key.
type answer struct {
	Request string // fingerprint of the request
	Status  int    // 0: the change is stored, the answer is not (yet)
	Header  http.Header
	Body    string
}

// once carries out a POST with an Idempotency-Key at most once. The key is taken
// in the very transaction of the change, so a crash can lose the answer and never
// doubles the change. What was refused may be sent again with the same key.
func (s *Server) once(ctx huma.Context, next func(huma.Context)) {
	key := ctx.Header("Idempotency-Key")
	if ctx.Method() != http.MethodPost || key == "" || operationOf(ctx).streams() {
		next(ctx)
		return
	}
	r, w := humago.Unwrap(ctx)
	who, _ := ctx.Context().Value(actorKey{}).(access.Actor)
	sum, err := requestSum(r, key)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	digest := sha256.Sum256([]byte(who.Account() + "\x00" + key))
	id, now := hex.EncodeToString(digest[:]), s.Now()
	have, found, err := s.answered(ctx.Context(), who, id, now)
	switch {
	case err != nil:
		s.fail(w, r, err)
	case !found:
		s.first(ctx, next, who, claim{id: id, route: ctx.Operation().Method + " " + ctx.Operation().Path, request: sum, at: now})
	case have.Request != sum:
		s.fail(w, r, refuse(http.StatusUnprocessableEntity, keyReused, "This Idempotency-Key was sent with another request before. Choose a new key."))
	case have.Status == 0:
		s.fail(w, r, errKeyInUse())
	default:
		for name, values := range have.Header {
			w.Header()[name] = values
		}
		w.Header().Set("Idempotency-Replayed", "true")
		w.WriteHeader(have.Status)
		_, _ = io.WriteString(w, have.Body)
	}
}

func errKeyInUse() error {
	return refuse(http.StatusConflict, keyInUse, "A request with this key is being carried out, or was and its answer was lost. Ask again in a moment. If this stays so, read the resource: the change is not made twice.")
}

// claim is one key taken for one request.
type claim struct {
	id, route, request string
	at                 time.Time
}

// first carries out a request whose key is new.
func (s *Server) first(ctx huma.Context, next func(huma.Context), who access.Actor, c claim) {
	beside := db.Beside(ctx.Context(), func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM idempotency WHERE org = $1 AND at <= $2`, who.Org(), db.Micros(c.at.Add(-answersFor))); err != nil {
			return err
		}
		err := s.put(ctx, tx, who, c, answer{}, `NOTHING`)
		if db.IsUnique(err) || errors.Is(err, errTaken) {
			return errKeyInUse()
		}
		return err
	})
	_, w := humago.Unwrap(ctx)
	rec, ok := w.(*recorder)
	if !ok {
		next(huma.WithContext(ctx, beside))
		return
	}
	rec.keep = &strings.Builder{}
	next(huma.WithContext(ctx, beside))
	s.keep(ctx.Context(), who, c, rec)
}

var errTaken = errors.New("the key is taken")

// put writes the row of a key.
func (s *Server) put(ctx context.Context, tx *db.Tx, who access.Actor, c claim, a answer, onConflict string) error {
	header, err := json.Marshal(a.Header)
	if err != nil {
		return err
	}
	res, err := tx.Exec(ctx, `INSERT INTO idempotency (org, id, account, route, request, status, header, response, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (org, id) DO `+onConflict,
		who.Org(), c.id, who.Account(), c.route, c.request, a.Status, string(header), a.Body, db.Micros(c.at))
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, errTaken)
	}
	return nil
}

// keep adds the answer to the row. A request that changed nothing has no row yet:
// it gets one if it succeeded, and leaves no trace if it was refused.
func (s *Server) keep(ctx context.Context, who access.Actor, c claim, rec *recorder) {
	if rec.keep.Len() > maxAnswer {
		return // the row, if there is one, says that the answer is lost
	}
	a := answer{Status: rec.status, Body: rec.keep.String(), Header: http.Header{}}
	for _, name := range []string{"Content-Type", "ETag", "Location"} {
		if v := rec.Header().Values(name); len(v) > 0 {
			a.Header[http.CanonicalHeaderKey(name)] = v
		}
	}
	err := s.DB.Note(context.WithoutCancel(ctx), who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		if rec.status < 300 {
			err := s.put(ctx, tx, who, c, a, `UPDATE SET status = excluded.status, header = excluded.header, response = excluded.response
				WHERE idempotency.status = 0 AND idempotency.request = excluded.request`)
			if errors.Is(err, errTaken) {
				return nil // somebody else's answer is there: it stays
			}
			return err
		}
		header, err := json.Marshal(a.Header)
		if err != nil || rec.status == http.StatusConflict && strings.Contains(a.Body, string(keyInUse)) {
			return err // the row belongs to the request that came first
		}
		_, err = tx.Exec(ctx, `UPDATE idempotency SET status = $3, header = $4, response = $5 WHERE org = $1 AND id = $2 AND status = 0 AND request = $6`,
			who.Org(), c.id, a.Status, string(header), a.Body, c.request)
		return err
	})
	if err != nil {
		s.Log.Error("keep an answer", "route", c.route, "error", err)
	}
}

// answered returns what was said to a key within the last day; false if nothing was.
func (s *Server) answered(ctx context.Context, who access.Actor, id string, now time.Time) (answer, bool, error) {
	var a answer
	var header string
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT request, status, header, response FROM idempotency WHERE org = $1 AND id = $2 AND at > $3`,
			who.Org(), id, db.Micros(now.Add(-answersFor))).Scan(&a.Request, &a.Status, &header, &a.Body)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return a, false, nil
	}
	if err != nil {
		return a, false, err
	}
	return a, true, json.Unmarshal([]byte(header), &a.Header)
}

// requestSum fingerprints a request: its address and what it says. The parts of a
// form count, not the boundary between them, which is new at every try.
func requestSum(r *http.Request, key string) (string, error) {
	if len(key) > maxKey || strings.Trim(key, visible) != "" {
		p := refuse(http.StatusUnprocessableEntity, problem.Invalid, "An Idempotency-Key is up to %d letters, digits and signs without spaces.", maxKey)
		p.Errors = []FieldError{{"header.Idempotency-Key", p.Detail}}
		return "", p
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return "", err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	h := sha256.New()
	fmt.Fprintf(h, "%s %s\n", r.Method, r.URL.RequestURI())
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		h.Write(body)
		return hex.EncodeToString(h.Sum(nil)), nil
	}
	parts := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return hex.EncodeToString(h.Sum(nil)), nil
		}
		if err != nil {
			return "", &problem.Error{Code: problem.Invalid, Text: "The form did not arrive whole. Send it again.", Err: err}
		}
		fmt.Fprintf(h, "\n%s\n", p.Header.Get("Content-Disposition"))
		if _, err := io.Copy(h, p); err != nil {
			return "", &problem.Error{Code: problem.Invalid, Text: "The form did not arrive whole. Send it again.", Err: err}
		}
	}
}

// visible are the characters a key may have: ASCII without blanks.
const visible = "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"
