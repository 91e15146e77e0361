package training

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestTheCoursesThatShipCanBeRead(t *testing.T) {
	for track, want := range map[Track]struct{ lessons, questions, minutes int }{Security: {9, 36, 48}, HIPAA: {6, 24, 35}, AI: {6, 24, 34}} {
		c := Courses()[track]
		if len(c.Lessons) != want.lessons || c.Questions() != want.questions || c.Minutes != want.minutes || c.PassMark != 80 {
			t.Errorf("%s has %d lessons, %d questions, %d minutes, pass mark %d", track, len(c.Lessons), c.Questions(), c.Minutes, c.PassMark)
		}
		for _, id := range c.families() {
			if !slices.ContainsFunc(track.frameworks(), func(f string) bool { return strings.HasPrefix(id, f+"-") }) {
				t.Errorf("%s applies to %s, which does not bring the track into use", track, id)
			}
		}
		if (len(c.families()) == 0) != (track.frameworks() == nil) {
			t.Errorf("%s applies to %v", track, c.families())
		}
		for _, l := range c.Lessons {
			if strings.HasPrefix(l.Body, "# ") {
				t.Errorf("%s repeats its title in the text", l.Slug)
			}
		}
	}
}

func TestAnAnswerIsRightOnlyWhenItIsExact(t *testing.T) {
	q := Question{ID: "Q", Multiple: true, Options: []Option{{"a", "A"}, {"b", "B"}, {"c", "C"}}, correct: []string{"a", "c"}}
	for _, tt := range []struct {
		chosen []string
		right  bool
	}{{[]string{"a", "c"}, true}, {[]string{"c", "a"}, true}, {[]string{"c", "a", "a"}, true}, {[]string{"a"}, false}, {[]string{"a", "b", "c"}, false}, {nil, false}} {
		if got := q.Judge(tt.chosen).Right; got != tt.right {
			t.Errorf("%v is right: %t", tt.chosen, got)
		}
	}
}

func TestOptionsAreShuffledOncePerAttempt(t *testing.T) {
	q, _, _ := Courses()[Security].Question("SA-01-Q1")
	first := q.Shuffled("one")
	if !slices.Equal(first, q.Shuffled("one")) {
		t.Error("the order changed within an attempt")
	}
	orders := map[string]bool{}
	for _, seed := range []string{"1", "2", "3", "4", "5", "6", "7", "8"} {
		var b strings.Builder
		for _, o := range q.Shuffled(seed) {
			b.WriteString(o.ID)
		}
		orders[b.String()] = true
	}
	if len(orders) < 3 {
		t.Errorf("eight attempts had %d orders", len(orders))
	}
}

const (
	goodCourse    = "id: x\ntitle: X\nversion: \"1.0.0\"\nminutes: 5\npass_mark: 80\nlessons: [one]\n"
	goodLesson    = "---\ntitle: One\nminutes: 5\nobjective: Know it.\n---\n\n# One\n\nText.\n"
	goodQuestions = "lesson: one\nquestions:\n- {id: Q1, type: single, prompt: P, options: [{id: a, text: A}, {id: b, text: B}], correct: [a], explanation: E}\n"
)

func TestAFaultyCourseIsRefusedWithItsFile(t *testing.T) {
	read := func(course, lesson, questions string) error {
		_, err := ReadCourse(fstest.MapFS{"course.yaml": {Data: []byte(course)}, "lessons/one.md": {Data: []byte(lesson)}, "lessons/one.questions.yaml": {Data: []byte(questions)}})
		return err
	}
	if err := read(goodCourse, goodLesson, goodQuestions); err != nil {
		t.Fatal(err)
	}
	swap := func(text, old, next string) string {
		if !strings.Contains(text, old) {
			t.Fatalf("%q is not in the text", old)
		}
		return strings.Replace(text, old, next, 1)
	}
	for _, tt := range []struct{ name, course, lesson, questions, want string }{
		{"unknown key", goodCourse + "extra: 1\n", goodLesson, goodQuestions, "course.yaml"},
		{"version", swap(goodCourse, "1.0.0", "1.0"), goodLesson, goodQuestions, "does not look like 1.0.0"},
		{"minutes", swap(goodCourse, "minutes: 5", "minutes: 6"), goodLesson, goodQuestions, "its lessons have 5"},
		{"pass mark", swap(goodCourse, "80", "101"), goodLesson, goodQuestions, "pass mark"},
		{"a path for a lesson", swap(goodCourse, "[one]", "[../one]"), goodLesson, goodQuestions, "no name of a file"},
		{"no front matter", goodCourse, "Text", goodQuestions, "front matter"},
		{"no text", goodCourse, "---\ntitle: One\nminutes: 5\nobjective: Know it.\n---\n\n# One\n", goodQuestions, "no text"},
		{"another lesson's questions", goodCourse, goodLesson, swap(goodQuestions, "lesson: one", "lesson: two"), "of lesson \"two\""},
		{"two right of a single", goodCourse, goodLesson, swap(goodQuestions, "[a]", "[a, b]"), "does not fit its type"},
		{"a right one that is none", goodCourse, goodLesson, swap(goodQuestions, "correct: [a]", "correct: [z]"), "is no option"},
		{"no explanation", goodCourse, goodLesson, swap(goodQuestions, "explanation: E", "explanation: ''"), "no explanation"},
		{"an option twice", goodCourse, goodLesson, swap(goodQuestions, "id: b", "id: a"), "twice"},
	} {
		if err := read(tt.course, tt.lesson, tt.questions); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

func FuzzCourse(f *testing.F) {
	f.Add([]byte(goodCourse), []byte(goodLesson), []byte(goodQuestions))
	f.Add([]byte("a: &a [*a]"), []byte("---\n---\n---\n"), []byte("questions:\n- {}\n"))
	f.Fuzz(func(t *testing.T, course, lesson, questions []byte) {
		c, err := ReadCourse(fstest.MapFS{"course.yaml": {Data: course}, "lessons/one.md": {Data: lesson}, "lessons/one.questions.yaml": {Data: questions}})
		if err != nil {
			return
		}
		for _, l := range c.Lessons {
			for _, q := range l.Questions {
				if !q.Judge(q.correct).Right || q.Judge(nil).Right || len(q.Shuffled("s")) != len(q.Options) {
					t.Errorf("question %s cannot be answered", q.ID)
				}
			}
		}
	})
}
