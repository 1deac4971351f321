// SPDX-License-Identifier: BSL-1.0
// Parts of this header are meant to be included again: DEFINE_GUID follows INITGUID as it is at the last
// inclusion, so that initguid.h may come before or after the other headers.
#ifndef ASSENT_WINDOWS_DDK_GUIDDEF_H
#define ASSENT_WINDOWS_DDK_GUIDDEF_H

#include <string.h>

#include "assent_ddk/base.h"

#ifndef GUID_DEFINED
#define GUID_DEFINED
typedef struct _GUID {
    ULONG Data1;
    unsigned short Data2;
    unsigned short Data3;
    unsigned char Data4[8];
} GUID;
#endif

typedef GUID *PGUID, *LPGUID, IID, CLSID, FMTID;
typedef const GUID *PCGUID, *LPCGUID;

#ifdef __cplusplus
#define REFGUID const GUID&
#define REFIID const IID&
#define REFCLSID const CLSID&

extern "C++" {
inline int IsEqualGUID(const GUID& left, const GUID& right) {
    return memcmp(&left, &right, sizeof(GUID)) == 0;
}
inline int InlineIsEqualGUID(const GUID& left, const GUID& right) { return IsEqualGUID(left, right); }
inline bool operator==(const GUID& left, const GUID& right) { return IsEqualGUID(left, right) != 0; }
inline bool operator!=(const GUID& left, const GUID& right) { return IsEqualGUID(left, right) == 0; }
}
#else
#define REFGUID const GUID* const
#define REFIID const IID* const
#define REFCLSID const CLSID* const
#define IsEqualGUID(left, right) (!memcmp((left), (right), sizeof(GUID)))
#define InlineIsEqualGUID(left, right) IsEqualGUID(left, right)
#endif
#define IsEqualIID(left, right) IsEqualGUID(left, right)
#define IsEqualCLSID(left, right) IsEqualGUID(left, right)

#endif

#undef DEFINE_GUID
#ifdef INITGUID
// Weak: several sources of one program may define the same GUID, as they do on Windows. g++ wants `weak` where
// the linkage is first stated, and `selectany` where the value is.
#if defined(_WIN32) && defined(__cplusplus)
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)                                         \
    EXTERN_C const GUID DECLSPEC_SELECTANY name = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}
#elif defined(_WIN32)
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)                                         \
    const GUID DECLSPEC_SELECTANY name = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}
#else
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)                                         \
    EXTERN_C const GUID DECLSPEC_SELECTANY name;                                                             \
    const GUID name = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}
#endif
#else
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) EXTERN_C const GUID name
#endif
