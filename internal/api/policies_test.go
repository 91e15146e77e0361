package api

import (
	"testing"

	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
)

func TestPoliciesThroughTheAPI(t *testing.T) {
	s := newSite(t)
	p, err := s.Policies.Create(t.Context(), s.boss, policy.Policy{Title: "Access", Audience: []string{"all-personnel"}, Acknowledge: true, ReviewEvery: 12}, "Access ends {{when}}.", s.now)
	s.must(err)
	s.must(s.Policies.SetVariables(t.Context(), s.boss, map[string]string{"when": "at once"}, s.now))
	_, err = s.Policies.Submit(t.Context(), s.boss, p.ID, s.now)
	s.must(err)
	v, err := s.Policies.Publish(t.Context(), s.boss, p.ID, s.now)
	s.must(err)
	me, err := s.People.Add(t.Context(), s.boss, people.Person{Name: "Ada", Email: "a@meridian.test", Kind: people.Employee, StartOn: "2020-01-01"}, s.now)
	s.must(err)
	s.must(s.People.LinkAccount(t.Context(), s.boss, me.ID, s.admin.ID, s.now))

	var list List[Policy]
	s.get("/policies").want(200).into(&list)
	if len(list.Items) != 1 || list.Items[0].InForce.Version != "1.0" || list.Items[0].Count.Bound != 2 || list.Items[0].ReviewDue != "2027-03-01" {
		t.Errorf("the list is %+v", list.Items)
	}
	var text PolicyText
	s.get("/policies/access/versions/" + v.ID).want(200).into(&text)
	if text.Text != "Access ends at once." || text.State != "published" {
		t.Errorf("the text is %+v", text)
	}
	c := call{method: "POST", path: "/policies/access/acknowledge", body: NewAcknowledgement{Version: v.ID}}
	var done MyPolicy
	s.call(c).want(200).into(&done)
	if done.State != "done" || done.At == nil || done.Number != "1.0" {
		t.Errorf("acknowledged: %+v", done)
	}
	s.call(c).want(200)
	var given List[PolicyAcknowledgement]
	s.get("/policies/access/acknowledgements").want(200).into(&given)
	if len(given.Items) != 1 || given.Items[0].Person != me.ID || given.Items[0].Version != "1.0" {
		t.Errorf("acknowledgements %+v", given.Items)
	}
	var versions List[PolicyVersion]
	s.get("/policies/" + p.ID + "/versions").want(200).into(&versions)
	if len(versions.Items) != 1 || versions.Items[0].PublishedAt == nil || versions.Items[0].ApprovedAt == nil {
		t.Errorf("versions %+v", versions.Items)
	}
}
