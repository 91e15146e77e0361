// Package knowbe4test is a stand-in for the reporting interface of KnowBe4: its
// paging, its limits and its documented oddities. It was written from the
// documentation and from open clients. Nothing in it was recorded from a tenant.
package knowbe4test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Token is what opens the stand-in.
const Token = "token-of-the-stand-in"

// User is a user of the tenant.
type User struct {
	ID       int
	Email    string
	Aliases  []string
	Number   any // the documentation shows a whole number; text is seen too
	Name     string
	Archived bool
}

// Campaign is a training campaign.
type Campaign struct {
	ID       int
	Name     string
	Status   string
	Modules  []string
	Nested   bool // content as [[...]], as the documented sample has it
	Older    bool // under the key modules
	Multiple bool
}

// Enrolment is one module of one user.
type Enrolment struct {
	ID        int
	Campaign  int
	User      int
	Module    string
	Status    string
	Enrolled  time.Time
	Completed time.Time
}

// Server answers like a tenant. Set its fields before it is used.
type Server struct {
	Now        func() time.Time
	Level      string
	Users      []User
	Campaigns  []Campaign
	Enrolments []Enrolment
	PerDay     int // 0: 2,000

	// Fault may answer instead; it is asked before anything else but the limits.
	Fault func(w http.ResponseWriter, r *http.Request) bool

	mu      sync.Mutex
	asked   []time.Time
	since   time.Time
	today   int
	Refused int      // answers with 429 because of the limits
	Agents  []string // the User-Agent of each question
	Paths   []string
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Request-Id", "stand-in")
	s.mu.Lock()
	s.Agents = append(s.Agents, r.UserAgent())
	s.Paths = append(s.Paths, r.URL.RequestURI())
	within := s.within(s.Now())
	s.mu.Unlock()
	if !within {
		w.Header().Set("Retry-After", "5")
		http.Error(w, `{"error":"Too Many Requests"}`, http.StatusTooManyRequests)
		return
	}
	if s.Fault != nil && s.Fault(w, r) {
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+Token {
		http.Error(w, `{"error":"Unauthorized"}`, http.StatusUnauthorized)
		return
	}
	switch r.URL.Path {
	case "/v1/account":
		answer(w, map[string]any{"name": "KB4-Demo", "type": "paid", "domains": []string{"kb4-demo.com"}, "admins": []any{}, "subscription_level": s.Level,
			"subscription_end_date": "2027-03-16", "number_of_seats": 25, "current_risk_score": 45.742})
	case "/v1/users":
		s.users(w, r)
	case "/v1/training/campaigns":
		s.campaigns(w, r)
	case "/v1/training/enrollments":
		s.enrolments(w, r)
	default:
		http.NotFound(w, r)
	}
}

// within counts a question and says whether the limits allow it: four a second,
// fifty a minute, 2,000 in the 24 hours from the first.
func (s *Server) within(now time.Time) bool {
	perDay := s.PerDay
	if perDay == 0 {
		perDay = 2000
	}
	if s.since.IsZero() || now.Sub(s.since) >= 24*time.Hour {
		s.since, s.today = now, 0
	}
	second, minute := 0, 0
	for _, t := range s.asked {
		if now.Sub(t) < time.Second {
			second++
		}
		if now.Sub(t) < time.Minute {
			minute++
		}
	}
	if second >= 4 || minute >= 50 || s.today >= perDay {
		s.Refused++
		return false
	}
	s.asked = append(s.asked, now)
	s.today++
	return true
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// page cuts one page; the size is 100 unless asked for, and most at most.
func page[T any](r *http.Request, list []T, most int) []T {
	n, size := 1, 100
	if v, err := strconv.Atoi(r.FormValue("page")); err == nil && v > 0 {
		n = v
	}
	if v, err := strconv.Atoi(r.FormValue("per_page")); err == nil && v > 0 {
		size = v
	}
	size = min(size, most)
	from := min((n-1)*size, len(list))
	return append([]T{}, list[from:min(from+size, len(list))]...)
}

func (s *Server) user(u User) map[string]any {
	status := "active"
	if u.Archived {
		status = "archived"
	}
	return map[string]any{"id": u.ID, "employee_number": u.Number, "first_name": u.Name, "last_name": "", "job_title": nil, "email": u.Email, "aliases": u.Aliases,
		"groups": []int{3264}, "status": status, "department": nil, "manager_email": nil, "archived_at": nil, "joined_on": "2019-04-02T15:02:38.000Z"}
}

func (s *Server) users(w http.ResponseWriter, r *http.Request) {
	list := []map[string]any{}
	for _, u := range s.Users {
		if status := r.FormValue("status"); status == "" || (status == "archived") == u.Archived {
			list = append(list, s.user(u))
		}
	}
	answer(w, page(r, list, 500))
}

func (s *Server) campaigns(w http.ResponseWriter, r *http.Request) {
	list := []map[string]any{}
	for _, c := range s.Campaigns {
		modules := []any{}
		for i, m := range c.Modules {
			modules = append(modules, map[string]any{"store_purchase_id": 9000 + i, "content_type": "Store Purchase", "name": m, "type": "Training Module", "duration": 9, "retired": false, "publisher": "KnowBe4"})
		}
		var content any = modules
		if c.Nested {
			content = []any{modules}
		}
		key := "content"
		if c.Older {
			key = "modules"
		}
		list = append(list, map[string]any{"campaign_id": c.ID, "name": c.Name, "groups": []any{map[string]any{"group_id": 0, "name": "All Users"}}, "status": c.Status, key: content,
			"duration_type": "Specific End Date", "start_date": "2026-01-05T08:00:00.000Z", "end_date": nil, "relative_duration": "", "auto_enroll": true, "allow_multiple_enrollments": c.Multiple})
	}
	most := 500
	if r.FormValue("exclude_percentages") != "true" {
		most = 10
	}
	answer(w, page(r, list, most))
}

func moment(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

func (s *Server) enrolments(w http.ResponseWriter, r *http.Request) {
	users, names := map[int]User{}, map[int]string{}
	for _, u := range s.Users {
		users[u.ID] = u
	}
	for _, c := range s.Campaigns {
		names[c.ID] = c.Name
	}
	list := []map[string]any{}
	for _, e := range s.Enrolments {
		if q := r.FormValue("campaign_id"); q != "" && q != fmt.Sprint(e.Campaign) || r.FormValue("exclude_archived_users") == "true" && users[e.User].Archived {
			continue
		}
		u := users[e.User]
		who := map[string]any{"id": e.User, "first_name": u.Name, "last_name": "", "email": u.Email}
		if r.FormValue("include_employee_number") == "true" {
			who["employee_number"] = u.Number
		}
		row := map[string]any{"enrollment_id": e.ID, "content_type": "Store Purchase", "module_name": e.Module, "user": who, "campaign_name": names[e.Campaign],
			"enrollment_date": moment(e.Enrolled), "start_date": nil, "completion_date": moment(e.Completed), "status": e.Status, "time_spent": 2340, "policy_acknowledged": false}
		if r.FormValue("include_campaign_id") == "true" {
			row["campaign_id"] = e.Campaign
		}
		list = append(list, row)
	}
	answer(w, page(r, list, 500))
}
