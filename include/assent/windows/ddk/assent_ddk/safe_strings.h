// SPDX-License-Identifier: BSL-1.0
// Bounded string functions: of bytes (Cb) or of characters (Cch), narrow (A) or wide (W).
#ifndef ASSENT_WINDOWS_DDK_SAFE_STRINGS_H
#define ASSENT_WINDOWS_DDK_SAFE_STRINGS_H

#include <stdarg.h>

#include "types.h"

#define NTSTRSAFE_MAX_CCH 2147483647
#define NTSTRSAFE_UNICODE_STRING_MAX_CCH 32767
#define STRSAFE_MAX_CCH NTSTRSAFE_MAX_CCH

typedef CHAR *NTSTRSAFE_PSTR, *STRSAFE_LPSTR;
typedef const CHAR *NTSTRSAFE_PCSTR, *STRSAFE_LPCSTR;
typedef WCHAR *NTSTRSAFE_PWSTR, *STRSAFE_LPWSTR;
typedef const WCHAR *NTSTRSAFE_PCWSTR, *STRSAFE_LPCWSTR;

ASSENT_DDK_C_BEGIN

NTSTATUS RtlStringCbCopyA(CHAR* To, SIZE_T Bytes, const CHAR* From);
NTSTATUS RtlStringCbCopyNA(CHAR* To, SIZE_T Bytes, const CHAR* From, SIZE_T Most);
NTSTATUS RtlStringCbCatA(CHAR* To, SIZE_T Bytes, const CHAR* From);
NTSTATUS RtlStringCbCatNA(CHAR* To, SIZE_T Bytes, const CHAR* From, SIZE_T Most);
NTSTATUS RtlStringCbLengthA(const CHAR* Text, SIZE_T Bytes, SIZE_T* Length);
NTSTATUS RtlStringCbPrintfA(CHAR* To, SIZE_T Bytes, const CHAR* Format, ...);
NTSTATUS RtlStringCbVPrintfA(CHAR* To, SIZE_T Bytes, const CHAR* Format, va_list Arguments);

NTSTATUS RtlStringCbCopyW(WCHAR* To, SIZE_T Bytes, const WCHAR* From);
NTSTATUS RtlStringCbCopyNW(WCHAR* To, SIZE_T Bytes, const WCHAR* From, SIZE_T Most);
NTSTATUS RtlStringCbCatW(WCHAR* To, SIZE_T Bytes, const WCHAR* From);
NTSTATUS RtlStringCbCatNW(WCHAR* To, SIZE_T Bytes, const WCHAR* From, SIZE_T Most);
NTSTATUS RtlStringCbLengthW(const WCHAR* Text, SIZE_T Bytes, SIZE_T* Length);
NTSTATUS RtlStringCbPrintfW(WCHAR* To, SIZE_T Bytes, const WCHAR* Format, ...);
NTSTATUS RtlStringCbVPrintfW(WCHAR* To, SIZE_T Bytes, const WCHAR* Format, va_list Arguments);

NTSTATUS RtlStringCchCopyA(CHAR* To, SIZE_T Characters, const CHAR* From);
NTSTATUS RtlStringCchCopyNA(CHAR* To, SIZE_T Characters, const CHAR* From, SIZE_T Most);
NTSTATUS RtlStringCchCatA(CHAR* To, SIZE_T Characters, const CHAR* From);
NTSTATUS RtlStringCchCatNA(CHAR* To, SIZE_T Characters, const CHAR* From, SIZE_T Most);
NTSTATUS RtlStringCchLengthA(const CHAR* Text, SIZE_T Characters, SIZE_T* Length);
NTSTATUS RtlStringCchPrintfA(CHAR* To, SIZE_T Characters, const CHAR* Format, ...);
NTSTATUS RtlStringCchVPrintfA(CHAR* To, SIZE_T Characters, const CHAR* Format, va_list Arguments);

NTSTATUS RtlStringCchCopyW(WCHAR* To, SIZE_T Characters, const WCHAR* From);
NTSTATUS RtlStringCchCopyNW(WCHAR* To, SIZE_T Characters, const WCHAR* From, SIZE_T Most);
NTSTATUS RtlStringCchCatW(WCHAR* To, SIZE_T Characters, const WCHAR* From);
NTSTATUS RtlStringCchCatNW(WCHAR* To, SIZE_T Characters, const WCHAR* From, SIZE_T Most);
NTSTATUS RtlStringCchLengthW(const WCHAR* Text, SIZE_T Characters, SIZE_T* Length);
NTSTATUS RtlStringCchPrintfW(WCHAR* To, SIZE_T Characters, const WCHAR* Format, ...);
NTSTATUS RtlStringCchVPrintfW(WCHAR* To, SIZE_T Characters, const WCHAR* Format, va_list Arguments);

NTSTATUS RtlUnicodeStringInit(PUNICODE_STRING To, PCWSTR From);
NTSTATUS RtlUnicodeStringCopy(PUNICODE_STRING To, PCUNICODE_STRING From);
NTSTATUS RtlUnicodeStringCopyString(PUNICODE_STRING To, PCWSTR From);
NTSTATUS RtlUnicodeStringCat(PUNICODE_STRING To, PCUNICODE_STRING From);
NTSTATUS RtlUnicodeStringCatString(PUNICODE_STRING To, PCWSTR From);
NTSTATUS RtlUnicodeStringPrintf(PUNICODE_STRING To, PCWSTR Format, ...);

ASSENT_DDK_C_END

#endif
