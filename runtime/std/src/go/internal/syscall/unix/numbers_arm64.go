package unix

const getrandom = 278
