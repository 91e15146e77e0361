package training

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// Course is one of the courses that ship.
type Course struct {
	ID         string
	Title      string
	Version    string // 1.0.0; a new first number asks everybody to repeat it
	Minutes    int
	PassMark   int // per cent of all questions
	Lessons    []Lesson
	Frameworks map[string][]string // requirements it bears on, by framework
	appliesTo  string
}

// Lesson is a part of a course, with its questions.
type Lesson struct {
	Slug      string
	Title     string
	Objective string
	Minutes   int
	Body      string // Markdown, without the title
	Questions []Question
}

// Question asks about a lesson. What is right is told only once an answer is in.
type Question struct {
	ID       string
	Multiple bool // several options are right
	Prompt   string
	Options  []Option

	correct     []string
	explanation string
}

// Option is something that can be chosen.
type Option struct{ ID, Text string }

// Verdict is what an answer was worth.
type Verdict struct {
	Right       bool
	Chosen      []string // ids of options
	Correct     []string
	Explanation string
}

// Judge says whether an answer is right: exactly the options that are.
func (q Question) Judge(chosen []string) Verdict {
	c := slices.Compact(slices.Sorted(slices.Values(chosen)))
	return Verdict{slices.Equal(c, q.correct), c, slices.Clone(q.correct), q.explanation}
}

// Shuffled returns the options in the order of one attempt.
func (q Question) Shuffled(seed string) []Option {
	h := fnv.New128a()
	_, _ = h.Write([]byte(seed + "\n" + q.ID))
	sum := h.Sum(nil)
	var a, b uint64
	for i := range 8 {
		a, b = a<<8|uint64(sum[i]), b<<8|uint64(sum[8+i])
	}
	out := slices.Clone(q.Options)
	rand.New(rand.NewPCG(a, b)).Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// Questions returns how many questions the course has.
func (c *Course) Questions() int {
	n := 0
	for _, l := range c.Lessons {
		n += len(l.Questions)
	}
	return n
}

// Lesson finds a lesson and its place.
func (c *Course) Lesson(slug string) (Lesson, int, bool) {
	i := slices.IndexFunc(c.Lessons, func(l Lesson) bool { return l.Slug == slug })
	if i < 0 {
		return Lesson{}, 0, false
	}
	return c.Lessons[i], i, true
}

// Question finds a question and its lesson.
func (c *Course) Question(id string) (Question, Lesson, bool) {
	for _, l := range c.Lessons {
		for _, q := range l.Questions {
			if q.ID == id {
				return q, l, true
			}
		}
	}
	return Question{}, Lesson{}, false
}

// Passes reports whether so many right answers are enough.
func (c *Course) Passes(right, of int) bool { return of > 0 && right*100 >= c.PassMark*of }

//go:embed data
var data embed.FS

// Courses returns the courses that ship, by track.
var Courses = sync.OnceValue(func() map[Track]*Course {
	out := map[Track]*Course{}
	for t, folder := range map[Track]string{Security: "security-awareness", HIPAA: "hipaa", AI: "ai-awareness"} {
		sub, err := fs.Sub(data, "data/"+folder)
		if err == nil {
			out[t], err = ReadCourse(sub)
		}
		if err != nil { // a test reads them, so that no binary gets here
			panic(fmt.Sprintf("training: %s: %v", folder, err))
		}
	}
	return out
})

// courseFile is course.yaml.
type courseFile struct {
	ID         string              `yaml:"id"`
	Title      string              `yaml:"title"`
	Version    string              `yaml:"version"`
	Minutes    int                 `yaml:"minutes"`
	PassMark   int                 `yaml:"pass_mark"`
	Renewal    string              `yaml:"renewal"`
	Audience   string              `yaml:"audience"`
	AppliesTo  string              `yaml:"applies_when"`
	Frameworks map[string][]string `yaml:"frameworks"`
	Lessons    []string            `yaml:"lessons"`
}

// lessonHead is the front matter of a lesson.
type lessonHead struct {
	Title     string `yaml:"title"`
	Minutes   int    `yaml:"minutes"`
	Objective string `yaml:"objective"`
}

// questionFile is the questions of a lesson.
type questionFile struct {
	Lesson    string         `yaml:"lesson"`
	Questions []questionYAML `yaml:"questions"`
}

type questionYAML struct {
	ID          string   `yaml:"id"`
	Type        string   `yaml:"type"`
	Prompt      string   `yaml:"prompt"`
	Options     []Option `yaml:"options"`
	Correct     []string `yaml:"correct"`
	Explanation string   `yaml:"explanation"`
}

var (
	versionPattern = regexp.MustCompile(`^[1-9][0-9]{0,3}\.[0-9]{1,4}\.[0-9]{1,4}$`)
	slugPattern    = regexp.MustCompile(`^[a-z0-9]+(?:-[a-z0-9]+)*$`)
	idPattern      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,39}$`)
)

// decode reads strict YAML: an unknown key is an error that names its line.
func decode(data []byte, into any) (err error) {
	if len(data) > 1<<20 {
		return errors.New("the file has more than 1 MB")
	}
	defer func() { // a parser of whatever bytes may have a flaw of its own
		if r := recover(); r != nil {
			err = fmt.Errorf("the file cannot be read as YAML: %v", r)
		}
	}()
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	return d.Decode(into)
}

// ReadCourse reads a course from its folder. An error names the file and what is
// wrong with it.
func ReadCourse(folder fs.FS) (*Course, error) {
	raw, err := fs.ReadFile(folder, "course.yaml")
	if err != nil {
		return nil, err
	}
	var f courseFile
	if err := decode(raw, &f); err != nil {
		return nil, fmt.Errorf("course.yaml: %w", err)
	}
	c := &Course{ID: f.ID, Title: f.Title, Version: f.Version, Minutes: f.Minutes, PassMark: f.PassMark, Frameworks: f.Frameworks, appliesTo: f.AppliesTo}
	switch {
	case !slugPattern.MatchString(f.ID) || strings.TrimSpace(f.Title) == "":
		return nil, errors.New("course.yaml: a course has an id and a title")
	case !versionPattern.MatchString(f.Version):
		return nil, fmt.Errorf("course.yaml: version %q does not look like 1.0.0", f.Version)
	case f.PassMark < 1 || f.PassMark > 100:
		return nil, fmt.Errorf("course.yaml: the pass mark is %d, not between 1 and 100 per cent", f.PassMark)
	case len(f.Lessons) == 0 || len(f.Lessons) > 50:
		return nil, fmt.Errorf("course.yaml: %d lessons, not between 1 and 50", len(f.Lessons))
	}
	minutes, seen := 0, map[string]bool{}
	for _, slug := range f.Lessons {
		if !slugPattern.MatchString(slug) || seen[slug] {
			return nil, fmt.Errorf("course.yaml: lesson %q is no name of a file, or stands there twice", slug)
		}
		seen[slug] = true
		l, err := readLesson(folder, slug)
		if err != nil {
			return nil, err
		}
		for _, q := range l.Questions {
			if seen[q.ID] {
				return nil, fmt.Errorf("%s: question %s stands in the course twice", slug, q.ID)
			}
			seen[q.ID] = true
		}
		minutes += l.Minutes
		c.Lessons = append(c.Lessons, l)
	}
	if minutes != f.Minutes {
		return nil, fmt.Errorf("course.yaml: %d minutes, and its lessons have %d", f.Minutes, minutes)
	}
	return c, nil
}

func readLesson(folder fs.FS, slug string) (Lesson, error) {
	raw, err := fs.ReadFile(folder, "lessons/"+slug+".md")
	if err != nil {
		return Lesson{}, err
	}
	l, err := parseLesson(raw)
	if err != nil {
		return l, fmt.Errorf("lessons/%s.md: %w", slug, err)
	}
	l.Slug = slug
	if raw, err = fs.ReadFile(folder, "lessons/"+slug+".questions.yaml"); err != nil {
		return l, err
	}
	if l.Questions, err = parseQuestions(raw, slug); err != nil {
		return l, fmt.Errorf("lessons/%s.questions.yaml: %w", slug, err)
	}
	return l, nil
}

// parseLesson reads the text of a lesson: front matter, and Markdown whose first
// heading is its title again.
func parseLesson(raw []byte) (Lesson, error) {
	text := strings.ReplaceAll(string(raw), "\r\n", "\n")
	rest, ok := strings.CutPrefix(text, "---\n")
	head, body, closed := strings.Cut(rest, "\n---\n")
	if !ok || !closed {
		return Lesson{}, errors.New("it does not begin with front matter between two lines of ---")
	}
	var h lessonHead
	if err := decode([]byte(head), &h); err != nil {
		return Lesson{}, err
	}
	body = strings.TrimSpace(body)
	body = strings.TrimSpace(strings.TrimPrefix(body, "# "+h.Title))
	switch {
	case strings.TrimSpace(h.Title) == "" || strings.TrimSpace(h.Objective) == "":
		return Lesson{}, errors.New("a lesson has a title and an objective")
	case h.Minutes < 1 || h.Minutes > 120:
		return Lesson{}, fmt.Errorf("%d minutes, not between 1 and 120", h.Minutes)
	case body == "":
		return Lesson{}, errors.New("it has no text")
	}
	return Lesson{Title: h.Title, Objective: h.Objective, Minutes: h.Minutes, Body: body}, nil
}

// parseQuestions reads the questions of a lesson.
func parseQuestions(raw []byte, slug string) ([]Question, error) {
	var f questionFile
	if err := decode(raw, &f); err != nil {
		return nil, err
	}
	if f.Lesson != slug {
		return nil, fmt.Errorf("it says it is of lesson %q", f.Lesson)
	}
	if len(f.Questions) == 0 || len(f.Questions) > 50 {
		return nil, fmt.Errorf("%d questions, not between 1 and 50", len(f.Questions))
	}
	var out []Question
	for i, y := range f.Questions {
		q, err := y.question()
		if err != nil {
			return nil, fmt.Errorf("question %d (%s): %w", i+1, y.ID, err)
		}
		out = append(out, q)
	}
	return out, nil
}

func (y questionYAML) question() (Question, error) {
	q := Question{ID: y.ID, Multiple: y.Type == "multiple", Prompt: strings.TrimSpace(y.Prompt), Options: y.Options,
		correct: slices.Sorted(slices.Values(y.Correct)), explanation: strings.TrimSpace(y.Explanation)}
	ids := map[string]bool{}
	for _, o := range y.Options {
		if !idPattern.MatchString(o.ID) || ids[o.ID] || strings.TrimSpace(o.Text) == "" {
			return q, fmt.Errorf("option %q has no text, no id that can be used, or stands there twice", o.ID)
		}
		ids[o.ID] = true
	}
	switch n := len(q.correct); {
	case !idPattern.MatchString(q.ID):
		return q, errors.New("its id has other signs than letters, digits and hyphens")
	case y.Type != "single" && y.Type != "multiple":
		return q, fmt.Errorf("its type is %q, not single or multiple", y.Type)
	case q.Prompt == "" || q.explanation == "":
		return q, errors.New("it has no prompt or no explanation")
	case len(q.Options) < 2 || len(q.Options) > 10:
		return q, fmt.Errorf("it has %d options, not between 2 and 10", len(q.Options))
	case !q.Multiple && n != 1, q.Multiple && (n < 2 || n >= len(q.Options)):
		return q, fmt.Errorf("%d options are correct, which does not fit its type", n)
	case len(slices.Compact(slices.Clone(q.correct))) != n || slices.ContainsFunc(q.correct, func(id string) bool { return !ids[id] }):
		return q, errors.New("what is correct is no option, or is named twice")
	}
	return q, nil
}

// families are the frameworks that bring the course into use, as its file says.
func (c *Course) families() []string {
	out := map[string]bool{}
	for part := range strings.SplitSeq(c.appliesTo, "|") {
		if id, ok := strings.CutPrefix(part, "framework:"); ok {
			out[id] = true
		}
	}
	return slices.Sorted(maps.Keys(out))
}
