go run ./scripts/course_figure docs/course.csv docs/course.svg
