package unix

const (
	fstatat   = 79
	getrandom = 278
)
