package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/trail"
)

const checkpointsOnPage = 25

// checkpointsPage is the list of checkpoints.
type checkpointsPage struct {
	frame
	Health  trail.Health
	List    []trail.Checkpoint
	Epochs  int
	Pager   pager
	CanSign bool
}

// getCheckpoints lists them: GET /o/{org}/log/checkpoints?page=.
func (s *Server) getCheckpoints(w http.ResponseWriter, r *http.Request, who visitor) error {
	p := checkpointsPage{CanSign: who.Can(access.SignCheckpoints)}
	page, err := strconv.Atoi(r.FormValue("page"))
	if err != nil || page < 1 || page > 1_000_000 {
		page = 1
	}
	var all int
	if p.List, all, err = s.Trail.Checkpoints(r.Context(), who.Actor, (page-1)*checkpointsOnPage, checkpointsOnPage); err != nil {
		return err
	}
	if p.Health, err = s.Trail.Health(r.Context(), who.Actor); err != nil {
		return err
	}
	p.Epochs = p.Health.Epoch
	_, _, p.Pager = pageOf(all, strconv.Itoa(page), checkpointsOnPage, func(n string) string {
		return query(orgPath(who.Slug(), "log", "checkpoints"), "page", n)
	})
	p.frame = s.logFrame(w, r, who, "Checkpoints", "checkpoints")
	return s.render(w, r, http.StatusOK, showCheckpoints(p))
}

func checkpointPath(slug string, c ledger.Signed, what string) string {
	return orgPath(slug, "log", "checkpoints", strconv.Itoa(c.Epoch), strconv.FormatInt(c.Size, 10), what)
}

// getCheckpointFile hands out a checkpoint or its stamp: GET
// /o/{org}/log/checkpoints/{epoch}/{size}/{what}, where what is note or stamp.
func (s *Server) getCheckpointFile(w http.ResponseWriter, r *http.Request, who visitor) error {
	epoch, err1 := strconv.Atoi(r.PathValue("epoch"))
	size, err2 := strconv.ParseInt(r.PathValue("size"), 10, 64)
	if err1 != nil || err2 != nil {
		return problem.New(problem.NotFound, "There is no such checkpoint.")
	}
	c, err := s.Trail.Checkpoint(r.Context(), who.Actor, epoch, size)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%s-checkpoint-%d-%d", who.Slug(), epoch, size)
	switch r.PathValue("what") {
	case "note":
		return sendFile(w, "text/plain; charset=utf-8", name+".txt", []byte(c.Note))
	case "stamp":
		if c.Stamp != nil && c.Stamp.Token != nil {
			return sendFile(w, "application/timestamp-token", name+".tst", c.Stamp.Token)
		}
		return problem.New(problem.NotFound, "This checkpoint has no time stamp.")
	}
	return problem.New(problem.NotFound, "A checkpoint is had as note or as stamp.")
}

// logKeysPage is what somebody outside needs, and the epochs.
type logKeysPage struct {
	frame
	Health    trail.Health
	Epochs    []epochRow
	CanManage bool
	Reason    string // as typed
	Problem   *problem.Error
}

// epochRow is an epoch with the words a page needs.
type epochRow struct {
	ledger.Epoch
	By  string
	Old string // how the epoch before ended
}

// getLogKeys shows them: GET /o/{org}/log/keys.
func (s *Server) getLogKeys(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.logKeys(w, r, who, "", nil)
}

func (s *Server) logKeys(w http.ResponseWriter, r *http.Request, who visitor, reason string, wrong *problem.Error) error {
	p := logKeysPage{CanManage: who.Can(access.ManageLog), Reason: reason, Problem: wrong}
	epochs, err := s.Trail.Epochs(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	names, err := s.Access.Names(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	if p.Health, err = s.Trail.Health(r.Context(), who.Actor); err != nil {
		return err
	}
	for _, e := range slices.Backward(epochs) {
		row := epochRow{Epoch: e, By: actorName(e.Account, names), Old: "No checkpoint of the epoch before is known."}
		if old, err := ledger.ReadCheckpoint(e.OldNote); err == nil {
			row.Old = fmt.Sprintf("The last checkpoint before covered %s.", plural(int(old.Size), "entry", "entries"))
		}
		p.Epochs = append(p.Epochs, row)
	}
	p.frame = s.logFrame(w, r, who, "Keys and epochs", "keys")
	status := http.StatusOK
	if wrong != nil {
		status = http.StatusUnprocessableEntity
	}
	return s.render(w, r, status, showLogKeys(p))
}

// getLogPolicy hands out the trust policy: GET /o/{org}/log/keys/policy.
func (s *Server) getLogPolicy(w http.ResponseWriter, r *http.Request, who visitor) error {
	policy, err := s.Trail.Policy(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	return sendFile(w, "text/plain; charset=utf-8", who.Slug()+".policy", []byte(policy.String()))
}

// postEpoch begins a new epoch: POST /o/{org}/log/epochs.
func (s *Server) postEpoch(w http.ResponseWriter, r *http.Request, who visitor) error {
	reason := r.FormValue("reason")
	e, err := s.Trail.NewEpoch(r.Context(), who.Actor, reason, s.Now())
	if err != nil {
		if p := problem.Of(err); p.Field != "" {
			return s.logKeys(w, r, who, reason, p)
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), "log", "keys"), fmt.Sprintf("Epoch %d has begun. Hand out the trust policy again: it has a new key.", e.Epoch))
}

func sortOptions(list []option) {
	slices.SortFunc(list, func(a, b option) int { return strings.Compare(strings.ToLower(a.Text), strings.ToLower(b.Text)) })
}

// shortID is the end of a long id, where those made in one moment differ.
func shortID(id string) string {
	if len(id) <= 14 {
		return id
	}
	return "…" + id[len(id)-12:]
}
