package huntress

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/remote"
)

// resource is one object of JSON:API.
type resource struct {
	Type          string
	ID            string
	Attributes    json.RawMessage
	Relationships map[string]reference
}

// reference is a relationship to one object.
type reference struct{ ID string }

// document is one page of JSON:API.
type document struct {
	Data     []resource
	Included []resource
	Last     int // page that is the last, or 0 when it was not said
	Current  int // page this is, or 0
}

// text is an id: JSON:API says text, some answers hold a number.
type text string

// UnmarshalJSON takes text, a whole number, or null.
func (t *text) UnmarshalJSON(b []byte) error {
	switch {
	case string(b) == "null":
		*t = ""
		return nil
	case b[0] == '"':
		var s string
		err := json.Unmarshal(b, &s)
		*t = text(s)
		return err
	}
	if _, err := strconv.ParseInt(string(b), 10, 64); err != nil {
		return fmt.Errorf("%.40s is neither text nor a whole number", b)
	}
	*t = text(b)
	return nil
}

// UnmarshalJSON reads a resource; relationships to many, or of another form, are
// left out.
func (r *resource) UnmarshalJSON(b []byte) error {
	if b = bytes.TrimSpace(b); len(b) == 0 || b[0] != '{' {
		return errors.New("it is not an object")
	}
	var raw struct {
		Type          string          `json:"type"`
		ID            text            `json:"id"`
		Attributes    json.RawMessage `json:"attributes"`
		Relationships map[string]struct {
			Data json.RawMessage `json:"data"`
		} `json:"relationships"`
	}
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	*r = resource{Type: raw.Type, ID: string(raw.ID), Attributes: raw.Attributes, Relationships: map[string]reference{}}
	for name, rel := range raw.Relationships {
		var one struct {
			ID text `json:"id"`
		}
		if d := bytes.TrimSpace(rel.Data); len(d) > 0 && d[0] == '{' && json.Unmarshal(d, &one) == nil && one.ID != "" {
			r.Relationships[name] = reference{string(one.ID)}
		}
	}
	return nil
}

// decode reads one page. data may be a list or one object.
func decode(body []byte) (document, error) {
	var raw struct {
		Data     json.RawMessage `json:"data"`
		Included json.RawMessage `json:"included"`
		Meta     struct {
			Page struct {
				Last    int `json:"lastPage"`
				Current int `json:"currentPage"`
			} `json:"page"`
		} `json:"meta"`
	}
	var out document
	if b := bytes.TrimSpace(body); len(b) == 0 || b[0] != '{' {
		return out, errors.New("it is not an object")
	}
	if err := json.Unmarshal(body, &raw); err != nil {
		return out, errors.New(plain(err))
	}
	data := bytes.TrimSpace(raw.Data)
	var err error
	switch {
	case len(data) == 0 || data[0] != '[' && data[0] != '{':
		return out, errors.New("it has no data")
	case data[0] == '{':
		out.Data, err = resources(append(append([]byte{'['}, data...), ']'))
	default:
		out.Data, err = resources(data)
	}
	if err == nil && len(bytes.TrimSpace(raw.Included)) > 0 {
		if out.Included, err = resources(raw.Included); err != nil {
			err = fmt.Errorf("what it includes: %w", err)
		}
	}
	if raw.Meta.Page.Last < 0 || raw.Meta.Page.Current < 0 {
		return out, errors.New("it counts its pages below zero")
	}
	out.Last, out.Current = raw.Meta.Page.Last, raw.Meta.Page.Current
	return out, err
}

func resources(b []byte) ([]resource, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return nil, errors.New("it is not a list")
	}
	out := make([]resource, len(raw))
	for i, r := range raw {
		if err := out[i].UnmarshalJSON(r); err != nil {
			return nil, fmt.Errorf("row %d cannot be read: %s", i+1, plain(err))
		}
		if out[i].ID == "" {
			return nil, fmt.Errorf("row %d has no id", i+1)
		}
	}
	return out, nil
}

// plain says in words what JSON does not fit.
func plain(err error) string {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Sprintf("its %s is a %s", t.Field, t.Value)
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// attributes reads the attributes of a resource into a struct.
func attributes[T any](r resource) (T, error) {
	var v T
	if len(bytes.TrimSpace(r.Attributes)) == 0 {
		return v, nil
	}
	if err := json.Unmarshal(r.Attributes, &v); err != nil {
		return v, fmt.Errorf("%s %s cannot be read: %s", r.Type, r.ID, plain(err))
	}
	return v, nil
}

type accountData struct {
	Name   string `json:"name"`
	Status string `json:"status"`
	Type   string `json:"type"`
	Plan   any    `json:"plan"`
}

type assignmentData struct {
	Title    string        `json:"title"`
	Name     string        `json:"name"`
	Status   string        `json:"status"`
	StartsAt remote.Moment `json:"startsAt"`
	EndsAt   remote.Moment `json:"endsAt"`
}

// learnerData takes both forms of the names: the documentation does not say which.
type learnerData struct {
	Email      string `json:"email"`
	FirstName  string `json:"firstName"`
	LastName   string `json:"lastName"`
	FirstName2 string `json:"first_name"`
	LastName2  string `json:"last_name"`
	Name       string `json:"name"`
	Number     text   `json:"employeeNumber"`
	Status     string `json:"status"`
}

type activityData struct {
	LearnerID   text          `json:"learnerId"`
	CompletedAt remote.Moment `json:"completedAt"`
}

// learner is whom an activity is of.
func learnerOf(r resource, a activityData) string {
	if a.LearnerID != "" {
		return string(a.LearnerID)
	}
	return r.Relationships["learner"].ID
}

type token struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   int    `json:"expires_in"` // seconds
}

func decodeToken(body []byte) (token, error) {
	var t token
	if err := json.Unmarshal(body, &t); err != nil {
		return token{}, errors.New(plain(err))
	}
	if t.AccessToken == "" || strings.ContainsAny(t.AccessToken, "\r\n") || len(t.AccessToken) > 16<<10 {
		return token{}, errors.New("it holds no access_token")
	}
	return t, nil
}

// certificate finds the PDF in the attributes of a certificate, whose names the
// documentation does not give: any of them that is a PDF in base64.
func certificate(body []byte) []byte {
	d, err := decode(body)
	if err != nil || len(d.Data) != 1 {
		return nil
	}
	var all map[string]any
	if json.Unmarshal(d.Data[0].Attributes, &all) != nil {
		return nil
	}
	for _, v := range all {
		s, ok := v.(string)
		if !ok {
			continue
		}
		_, after, data := strings.Cut(s, ";base64,")
		if data {
			s = after
		}
		if b, err := base64.StdEncoding.DecodeString(s); err == nil && isPDF(b) {
			return b
		}
	}
	return nil
}

func isPDF(b []byte) bool { return bytes.HasPrefix(b, []byte("%PDF-")) && len(b) <= maxCertificate }
