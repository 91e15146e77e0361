package knowbe4

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/remote"
)

// number is an id: the documentation writes whole numbers, and some tenants send
// the employee number as text.
type number string

// UnmarshalJSON takes a whole number, text, or null.
func (n *number) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*n = ""
		return nil
	}
	if b[0] == '"' {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*n = number(strings.TrimSpace(s))
		return nil
	}
	if _, err := strconv.ParseInt(string(b), 10, 64); err != nil {
		return fmt.Errorf("%.40s is neither a whole number nor text", b)
	}
	*n = number(b)
	return nil
}

type user struct {
	ID        number   `json:"id"`
	Number    number   `json:"employee_number"`
	FirstName string   `json:"first_name"`
	LastName  string   `json:"last_name"`
	Email     string   `json:"email"`
	Aliases   []string `json:"aliases"`
	Status    string   `json:"status"`
}

type campaign struct {
	ID       number        `json:"campaign_id"`
	Name     string        `json:"name"`
	Status   string        `json:"status"`
	Content  content       `json:"content"`
	Modules  content       `json:"modules"` // the name of older answers
	Start    remote.Moment `json:"start_date"`
	End      remote.Moment `json:"end_date"`
	Multiple bool          `json:"allow_multiple_enrollments"`
}

// content is what a campaign consists of. The documented sample nests it as
// [[...]], others are flat: both are read.
type content []module

type module struct {
	Name    string `json:"name"`
	Retired bool   `json:"retired"`
}

// UnmarshalJSON flattens it.
func (c *content) UnmarshalJSON(b []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(b, &parts); err != nil {
		return errors.New("it is not a list")
	}
	*c = nil
	for _, p := range parts {
		if p = bytes.TrimSpace(p); len(p) > 0 && p[0] == '[' {
			var inner []module
			if err := json.Unmarshal(p, &inner); err != nil {
				return err
			}
			*c = append(*c, inner...)
			continue
		}
		var m module
		if err := json.Unmarshal(p, &m); err != nil {
			return err
		}
		*c = append(*c, m)
	}
	return nil
}

type enrolment struct {
	ID           number        `json:"enrollment_id"`
	ContentType  string        `json:"content_type"`
	Module       string        `json:"module_name"`
	User         user          `json:"user"`
	Campaign     string        `json:"campaign_name"`
	CampaignID   number        `json:"campaign_id"`
	Purchase     number        `json:"store_purchase_id"`
	EnrolledAt   remote.Moment `json:"enrollment_date"`
	CompletedAt  remote.Moment `json:"completion_date"`
	Status       string        `json:"status"`
	Acknowledged bool          `json:"policy_acknowledged"`
}

// list reads a bare array. The first row at fault is named, and nothing of the
// page is used then.
func list[T any](body []byte) ([]T, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil || raw == nil {
		return nil, errors.New("it is not a list")
	}
	out := make([]T, len(raw))
	for i, r := range raw {
		if r = bytes.TrimSpace(r); len(r) == 0 || r[0] != '{' {
			return nil, fmt.Errorf("row %d is not an object", i+1)
		}
		if err := json.Unmarshal(r, &out[i]); err != nil {
			return nil, fmt.Errorf("row %d cannot be read: %s", i+1, plain(err))
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

func decodeUsers(body []byte) ([]user, error) {
	users, err := list[user](body)
	if err != nil {
		return nil, err
	}
	for i, u := range users {
		if u.ID == "" {
			return nil, fmt.Errorf("row %d has no id", i+1)
		}
	}
	return users, nil
}

func decodeCampaigns(body []byte) ([]campaign, error) {
	campaigns, err := list[campaign](body)
	if err != nil {
		return nil, err
	}
	for i, c := range campaigns {
		if c.ID == "" {
			return nil, fmt.Errorf("row %d has no campaign_id", i+1)
		}
	}
	return campaigns, nil
}

func decodeEnrolments(body []byte) ([]enrolment, error) {
	enrolments, err := list[enrolment](body)
	if err != nil {
		return nil, err
	}
	for i, e := range enrolments {
		switch {
		case e.ID == "":
			return nil, fmt.Errorf("row %d has no enrollment_id", i+1)
		case e.User.ID == "":
			return nil, fmt.Errorf("row %d (enrolment %s) has no user", i+1, e.ID)
		}
	}
	return enrolments, nil
}

// account is what GET /v1/account answers.
type account struct {
	Name    string   `json:"name"`
	Domains []string `json:"domains"`
	Level   string   `json:"subscription_level"`
}

func decodeAccount(body []byte) (account, error) {
	var a account
	if b := bytes.TrimSpace(body); len(b) == 0 || b[0] != '{' {
		return a, errors.New("it is not an object")
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return a, errors.New(plain(err))
	}
	return a, nil
}
