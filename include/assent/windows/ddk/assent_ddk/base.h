// SPDX-License-Identifier: BSL-1.0
// Compiler glue and scalar types. C and C++.
#ifndef ASSENT_WINDOWS_DDK_BASE_H
#define ASSENT_WINDOWS_DDK_BASE_H

#include <stddef.h>

#ifdef __cplusplus
#define ASSENT_DDK_C_BEGIN extern "C" {
#define ASSENT_DDK_C_END }
/* Of an enumeration: flags are added to its values, beyond what C++ would otherwise let it hold. */
#define ASSENT_DDK_WITH_FLAGS : int
#else
#define ASSENT_DDK_C_BEGIN
#define ASSENT_DDK_C_END
#define ASSENT_DDK_WITH_FLAGS
#endif

#ifndef EXTERN_C
#ifdef __cplusplus
#define EXTERN_C extern "C"
#else
#define EXTERN_C extern
#endif
#endif
#define EXTERN_C_START ASSENT_DDK_C_BEGIN
#define EXTERN_C_END ASSENT_DDK_C_END

// One calling convention exists on every supported 64-bit target, so these words mark and change nothing.
#define NTAPI
#define FASTCALL
#define NTKERNELAPI
#define NTHALAPI
#define NTSYSAPI
#define NTSYSCALLAPI
#define DECLSPEC_IMPORT
#define DECLSPEC_NORETURN __attribute__((__noreturn__))
#define DECLSPEC_ALIGN(bytes) __attribute__((__aligned__(bytes)))
#define DECLSPEC_CACHEALIGN DECLSPEC_ALIGN(64)
#define MEMORY_ALLOCATION_ALIGNMENT 16
#ifdef _WIN32
#define DECLSPEC_SELECTANY __attribute__((__selectany__))
#else
#define DECLSPEC_SELECTANY __attribute__((__weak__))
#endif

// The DDI's word carries no storage class, since sources write `static FORCEINLINE`; these headers' own inline
// functions need one in C.
#ifndef FORCEINLINE
#define FORCEINLINE __inline__ __attribute__((__always_inline__))
#endif
#ifdef __cplusplus
#define ASSENT_DDK_INLINE inline
#else
#define ASSENT_DDK_INLINE static __inline__ __attribute__((__unused__))
#endif
#define CFORCEINLINE FORCEINLINE

// A callback typedef that C drivers may implement with their own pointer types in place of PVOID: in C up to
// C17 the typedef has no prototype, which is compatible with every such definition; C23 and C++ have no such
// types, so there the definition must match.
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ > 201710L)
#define ASSENT_DDK_PARAMETERS(...) (__VA_ARGS__)
#else
#define ASSENT_DDK_PARAMETERS(...) ()
#endif

#define CONST const
#define FAR
#define NEAR
#undef UNALIGNED // mingw-w64's own base header defines it
#define UNALIGNED
#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif

typedef void VOID;
typedef void* PVOID;
typedef void** PPVOID;
typedef const void* PCVOID;

typedef char CHAR, CCHAR, *PCHAR, *PCCHAR, *PSTR, *LPSTR, *PSZ;
typedef const char *PCSTR, *LPCSTR, *PCSZ;
typedef unsigned char UCHAR, BOOLEAN, BYTE, *PUCHAR, *PBOOLEAN, *PBYTE;
typedef short SHORT, CSHORT, *PSHORT;
typedef unsigned short USHORT, *PUSHORT;
typedef int INT, *PINT;
typedef unsigned int UINT, *PUINT;

// 32 bits on every target; `long` where it has them, since drivers print ULONG with %lu there.
#if __SIZEOF_LONG__ == 4
typedef long LONG, *PLONG;
typedef unsigned long ULONG, *PULONG;
#else
typedef int LONG, *PLONG;
typedef unsigned int ULONG, *PULONG;
#endif

typedef signed char INT8;
typedef unsigned char UINT8;
typedef short INT16;
typedef unsigned short UINT16;
typedef int INT32, LONG32;
typedef unsigned int UINT32, ULONG32, DWORD32;
typedef long long INT64, LONG64, LONGLONG, *PINT64, *PLONG64, *PLONGLONG;
typedef unsigned long long UINT64, ULONG64, DWORD64, ULONGLONG, *PUINT64, *PULONG64, *PULONGLONG;

#if __SIZEOF_POINTER__ != 8
#error "assent: the DDI headers describe the 64-bit layouts only"
#endif
typedef long long INT_PTR, LONG_PTR, SSIZE_T, *PINT_PTR, *PLONG_PTR, *PSSIZE_T;
typedef unsigned long long UINT_PTR, ULONG_PTR, SIZE_T, *PUINT_PTR, *PULONG_PTR, *PSIZE_T;

// 16 bits always: L"..." is of this type where wchar_t has 16 bits, as -fshort-wchar makes it; elsewhere C++
// has u"..." for it. libc's wide functions know 32 bits only and are not used.
#if __SIZEOF_WCHAR_T__ == 2
typedef wchar_t WCHAR;
#elif defined(__cplusplus)
typedef char16_t WCHAR;
#else
typedef unsigned short WCHAR;
#endif
typedef WCHAR *PWCHAR, *PWSTR, *LPWSTR, *PWCH, *PZZWSTR;
typedef const WCHAR *PCWSTR, *LPCWSTR, *PCWCH, *PCZZWSTR;

typedef PVOID HANDLE, *PHANDLE;
typedef LONG NTSTATUS, *PNTSTATUS;
typedef ULONG ACCESS_MASK, *PACCESS_MASK, DEVICE_TYPE, LOGICAL, *PLOGICAL, LCID, PFN_COUNT;
typedef UCHAR KIRQL, *PKIRQL;
typedef CCHAR KPROCESSOR_MODE;
typedef ULONG_PTR KAFFINITY, *PKAFFINITY, PFN_NUMBER, *PPFN_NUMBER;
typedef ULONG_PTR KSPIN_LOCK, *PKSPIN_LOCK;

#define MINCHAR 0x80
#define MAXCHAR 0x7f
#define MAXUCHAR 0xff
#define MAXSHORT 0x7fff
#define MAXUSHORT 0xffff
#define MAXLONG 0x7fffffff
#define MAXULONG 0xffffffff
#define MAXLONGLONG 0x7fffffffffffffffLL

#define NT_SUCCESS(status) (((NTSTATUS)(status)) >= 0)
#define NT_INFORMATION(status) ((((ULONG)(status)) >> 30) == 1)
#define NT_WARNING(status) ((((ULONG)(status)) >> 30) == 2)
#define NT_ERROR(status) ((((ULONG)(status)) >> 30) == 3)

#define FIELD_OFFSET(type, field) ((LONG)offsetof(type, field))
#define UFIELD_OFFSET(type, field) ((ULONG)offsetof(type, field))
#define RTL_FIELD_SIZE(type, field) (sizeof(((type*)0)->field))
#define RTL_SIZEOF_THROUGH_FIELD(type, field) (offsetof(type, field) + RTL_FIELD_SIZE(type, field))
#define RTL_BITS_OF(item) (sizeof(item) * 8)
#define RTL_NUMBER_OF(array) (sizeof(array) / sizeof((array)[0]))
#define CONTAINING_RECORD(address, type, field) ((type*)(void*)((char*)(address)-offsetof(type, field)))

#define ANYSIZE_ARRAY 1

#endif
