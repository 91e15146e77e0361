package api

import (
	"encoding/json"
	"io"
	"net/http"

	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/training"
)

// recordsAnswer says what came of a message.
type recordsAnswer struct {
	Repeated  bool          `json:"repeated"`
	Completed int           `json:"completed"`
	Ignored   int           `json:"ignored"`
	Faults    []recordFault `json:"faults"`
}

type recordFault struct {
	Record int    `json:"record"` // from 1
	Text   string `json:"text"`
}

// postTrainingRecords takes completions from a training system that signs them:
// POST /api/v1/o/{org}/training-records, as Standard Webhooks 1.0.0 says. It asks
// for no token: the signature is one.
func (s *Server) postTrainingRecords(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, training.MaxMessage))
	if err != nil {
		s.fail(w, r, problem.New(problem.Invalid, "The message could not be read, or has more than 1 MB. Send the records in parts."))
		return
	}
	m := training.Message{ID: r.Header.Get("webhook-id"), Timestamp: r.Header.Get("webhook-timestamp"), Signature: r.Header.Get("webhook-signature"), Body: body}
	got, err := s.Connections.Receive(r.Context(), r.PathValue("org"), m, s.Now())
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Forbidden {
			err = refuse(http.StatusUnauthorized, unauthenticated, "%s", p.Text)
		}
		s.fail(w, r, err)
		return
	}
	out := recordsAnswer{Repeated: got.Repeated, Completed: got.Completed, Ignored: got.Ignored, Faults: []recordFault{}}
	for _, f := range got.Faults {
		out.Faults = append(out.Faults, recordFault{f.Row, f.Text})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out)
}
