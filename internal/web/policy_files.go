package web

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
)

// policyUploadLimit is a little more than the largest document, so that the store
// can say what is too large.
const policyUploadLimit = 24 << 20

// getPolicyPDF hands out a version as PDF: GET /o/{org}/policy/{policy}/versions/{version}/pdf.
func (s *Server) getPolicyPDF(w http.ResponseWriter, r *http.Request, who visitor) error {
	name, data, err := s.Policies.PDF(r.Context(), who.Actor, r.PathValue("version"), s.Now())
	if err != nil {
		return err
	}
	return sendFile(w, "application/pdf", name, data)
}

// getPolicyDocument hands out an uploaded document as it is:
// GET /o/{org}/policy/{policy}/versions/{version}/document.
func (s *Server) getPolicyDocument(w http.ResponseWriter, r *http.Request, who visitor) error {
	f, data, err := s.Policies.File(r.Context(), who.Actor, r.PathValue("version"), s.Now())
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", f.Media)
	h.Set("Content-Disposition", disposition("attachment", f.Name))
	h.Set("Cache-Control", "no-store")
	_, err = w.Write(data)
	return quiet(err)
}

// getPolicyUpload offers to upload a version: GET /o/{org}/policy/{policy}/upload.
func (s *Server) getPolicyUpload(w http.ResponseWriter, r *http.Request, who visitor) error {
	o, _, err := s.openPolicy(r, who)
	if err != nil {
		return err
	}
	return s.showPolicyUpload(w, r, who, http.StatusOK, o, nil)
}

func (s *Server) showPolicyUpload(w http.ResponseWriter, r *http.Request, who visitor, status int, o policyOpen, wrong *problem.Error) error {
	next, _ := o.Next()
	p := policyUploadPage{policyHead: s.policyHead(w, r, who, o, "", "Upload"), Base: next.Stamp, Replaces: next.ID != "", Problem: wrong}
	p.Step, p.Acts = policyStep{}, nil
	return s.render(w, r, status, policyUpload(p))
}

// postPolicyUpload makes a draft of a document: POST /o/{org}/policy/{policy}/upload.
func (s *Server) postPolicyUpload(w http.ResponseWriter, r *http.Request, who visitor) error {
	o, _, err := s.openPolicy(r, who)
	if err != nil {
		return err
	}
	next, _ := o.Next()
	err = s.takePolicyFile(r, who, o.ID, policy.Text{Change: next.Change, Material: next.Material})
	if err != nil {
		wrong := problem.Of(err)
		if wrong.Code == problem.Internal || wrong.Code == problem.Forbidden {
			return err
		}
		return s.showPolicyUpload(w, r, who, statusOf(wrong.Code), o, wrong)
	}
	return back(w, r, orgPath(who.Slug(), "policy", o.Slug, "submit"), "The document is kept as a draft. Say what kind of change it is.")
}

// takePolicyFile gives the sent document to the store.
func (s *Server) takePolicyFile(r *http.Request, who visitor, id string, t policy.Text) error {
	if err := r.ParseMultipartForm(8 << 20); err != nil {
		if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return problem.Field("file", fmt.Sprintf("The document is larger than %d MB, so it was not kept. Leave out its pictures, or make them smaller.", tooLarge.Limit>>20))
		}
		return &problem.Error{Code: problem.Invalid, Field: "file", Text: "The form did not arrive whole. Choose the file and send it again.", Err: err}
	}
	defer r.MultipartForm.RemoveAll()
	f, head, err := r.FormFile("file")
	if err != nil {
		return problem.Field("file", "Choose the document first: DOCX or PDF.")
	}
	defer f.Close()
	t.Stamp = r.FormValue("base")
	_, err = s.Policies.Upload(r.Context(), who.Actor, id, head.Filename, f, t, s.Now())
	return err
}
