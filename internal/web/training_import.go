package web

import (
	"net/http"

	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/training"
	"github.com/toucan-grc/toucan/internal/upload"
)

// trainingImportPage is both steps of the import of completions.
type trainingImportPage struct {
	frame
	Tracks  []option
	Track   string
	Upload  string // empty in the first step
	Preview training.Bringing
	Faults  []training.RowFault // the first of them
	Problem *problem.Error
}

const shownRowFaults = 100

// getTrainingImport asks for a file: GET /o/{org}/settings/training/import?track=.
func (s *Server) getTrainingImport(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showTrainingImport(w, r, who, http.StatusOK, trainingImportPage{Track: r.FormValue("track")})
}

func (s *Server) showTrainingImport(w http.ResponseWriter, r *http.Request, who visitor, status int, p trainingImportPage) error {
	list, err := s.Training.Settings(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.Method != training.OptedOut {
			p.Tracks = append(p.Tracks, option{string(c.Track), c.Track.Label()})
		}
	}
	p.frame = s.trainingFrame(w, r, who, "Import completions")
	return s.render(w, r, status, importCompletions(p))
}

// postTrainingImport shows what a file would change: POST /o/{org}/settings/training/import.
func (s *Server) postTrainingImport(w http.ResponseWriter, r *http.Request, who visitor) error {
	name, data, err := uploaded(r)
	p := trainingImportPage{Track: r.FormValue("track")}
	if err == nil {
		p.Preview, err = s.Connections.Preview(r.Context(), who.Actor, training.Track(p.Track), name, data, s.Now())
	}
	if err == nil && len(p.Preview.New) > 0 {
		p.Upload, err = s.uploads.Put(r.Context(), who.Actor, upload.Completions, name, data, s.Now())
	}
	if err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code != problem.Invalid && p.Problem.Code != problem.Conflict && p.Problem.Code != problem.NotFound {
			return err
		}
		p.Preview = training.Bringing{}
		return s.showTrainingImport(w, r, who, http.StatusUnprocessableEntity, p)
	}
	p.Faults = p.Preview.Faults[:min(len(p.Preview.Faults), shownRowFaults)]
	return s.showTrainingImport(w, r, who, http.StatusOK, p)
}

// postTrainingImportConfirm enters it: POST /o/{org}/settings/training/import/confirm.
func (s *Server) postTrainingImportConfirm(w http.ResponseWriter, r *http.Request, who visitor) error {
	u, err := s.uploads.Open(r.Context(), who.Actor, upload.Completions, r.FormValue("upload"), s.Now())
	if err != nil {
		return err
	}
	track := training.Track(r.FormValue("track"))
	_, run, err := s.Connections.Import(r.Context(), who.Actor, track, u.Name, u.Data, s.Now())
	if err != nil {
		return err
	}
	if err := s.uploads.Drop(r.Context(), who.Actor, upload.Completions, u.ID); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "training", string(track), "progress"), u.Name+" is entered: "+plural(run.Completed, "new completion", "new completions")+".")
}

func importVariant(p trainingImportPage) string {
	if p.Upload != "" {
		return "outline"
	}
	return "primary"
}

func courseWords(c training.CourseCount) string {
	if c.Course == "" {
		return "without a name (" + plural(c.Rows, "row", "rows") + ")"
	}
	return c.Course + " (" + plural(c.Rows, "row", "rows") + ")"
}
