package web

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/toucan-grc/toucan/internal/report"
)

// bundleWithin is how long a bundle may take to be written: as long as the
// evidence in it is large.
const bundleWithin = time.Hour

// getBundle hands out a bundle for an auditor:
// GET /o/{org}/frameworks/{framework}/bundle?type=&on=&from=&to=&via=. The
// page offers it for a window only: a bundle without one is as of today.
func (s *Server) getBundle(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	f, err := b.framework(r)
	if err != nil {
		return err
	}
	now := s.Now()
	st, err := s.Standing.Open(r.Context(), who.Actor, now)
	if err != nil {
		return err
	}
	q := readinessQuery{Type: r.FormValue("type"), From: r.FormValue("from"), To: r.FormValue("to")}
	asked, err := q.asked(st.Zones.DateOf(now))
	if err != nil {
		return err
	}
	reading, err := b.reading(f, b.through(f, r.FormValue("via")))
	if err != nil {
		return err
	}
	bundle, err := s.Report.Compose(r.Context(), who.Actor, report.Asked{Reading: reading, Window: asked.Window}, now)
	if err != nil {
		return err
	}
	// the connection was given two minutes
	if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(bundleWithin)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", fmt.Sprintf("%s-%s-%s.zip", who.Slug(), f.ID, now.UTC().Format("2006-01-02"))))
	h.Set("Cache-Control", "no-store")
	if err := s.Report.Write(r.Context(), who.Actor, bundle, w, now); err != nil {
		s.Log.Error("a bundle broke off", "org", who.Slug(), "err", err)
		panic(http.ErrAbortHandler) // so that nobody takes a part for the whole
	}
	return nil
}
