package unix

const (
	fstatat   = 262
	getrandom = 318
)
