// SPDX-License-Identifier: BSL-1.0
// The words of user-mode Windows that driver sources borrow.
#ifndef ASSENT_WINDOWS_DDK_WINDEF_H
#define ASSENT_WINDOWS_DDK_WINDEF_H

#include "ntdef.h"

// As wide as LONG and ULONG, and the same types where those are `long`.
typedef ULONG DWORD, *PDWORD, *LPDWORD;
typedef int BOOL, *PBOOL, *LPBOOL;
typedef unsigned short WORD, *PWORD, *LPWORD;
typedef float FLOAT;
typedef void* LPVOID;
typedef const void* LPCVOID;
typedef LONG* LPLONG;
typedef BYTE* LPBYTE;
typedef long long LPARAM, LRESULT;
typedef unsigned long long WPARAM, DWORD_PTR, *PDWORD_PTR;
typedef ULONGLONG DWORDLONG;

#define WINAPI
#define CALLBACK
#define APIENTRY WINAPI
#define MAX_PATH 260
#define LOWORD(value) ((WORD)((ULONG_PTR)(value)&0xffff))
#define HIWORD(value) ((WORD)(((ULONG_PTR)(value) >> 16) & 0xffff))
#define LOBYTE(value) ((BYTE)((ULONG_PTR)(value)&0xff))
#define HIBYTE(value) ((BYTE)(((ULONG_PTR)(value) >> 8) & 0xff))
#define MAKELONG(low, high) ((LONG)(((WORD)(low)) | ((ULONG)((WORD)(high))) << 16))

#endif
