package unix

const getrandom = 318
