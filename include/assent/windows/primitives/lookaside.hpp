// SPDX-License-Identifier: BSL-1.0
// Defines lookaside lists. For exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_PRIMITIVES_LOOKASIDE_HPP
#define ASSENT_WINDOWS_PRIMITIVES_LOOKASIDE_HPP

#include "../ddk/assent_ddk/lookaside.h"

namespace assent::windows::detail {
inline void initialize(GENERAL_LOOKASIDE& list, POOL_TYPE type, PALLOCATE_FUNCTION allocate,
                       PFREE_FUNCTION release, ULONG flags, SIZE_T size, ULONG tag) {
    list = GENERAL_LOOKASIDE{};
    list.Type = static_cast<POOL_TYPE>(static_cast<ULONG>(type) | flags);
    list.Tag = tag;
    list.Size = static_cast<ULONG>(size);
    list.Allocate = allocate != nullptr ? allocate : ExAllocatePoolWithTag;
    list.Free = release != nullptr ? release : ExFreePool;
}
} // namespace assent::windows::detail

extern "C" {

VOID ExInitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list, PALLOCATE_FUNCTION allocate,
                                     PFREE_FUNCTION release, ULONG flags, SIZE_T size, ULONG tag, USHORT) {
    assent::windows::detail::initialize(list->L, NonPagedPool, allocate, release, flags, size, tag);
}
VOID ExDeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST) {}
PVOID ExAllocateFromNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list) {
    return list->L.Allocate(list->L.Type, list->L.Size, list->L.Tag);
}
VOID ExFreeToNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list, PVOID entry) { list->L.Free(entry); }

VOID ExInitializePagedLookasideList(PPAGED_LOOKASIDE_LIST list, PALLOCATE_FUNCTION allocate,
                                    PFREE_FUNCTION release, ULONG flags, SIZE_T size, ULONG tag, USHORT) {
    assent::windows::detail::initialize(list->L, PagedPool, allocate, release, flags, size, tag);
}
VOID ExDeletePagedLookasideList(PPAGED_LOOKASIDE_LIST) {}
PVOID ExAllocateFromPagedLookasideList(PPAGED_LOOKASIDE_LIST list) {
    return list->L.Allocate(list->L.Type, list->L.Size, list->L.Tag);
}
VOID ExFreeToPagedLookasideList(PPAGED_LOOKASIDE_LIST list, PVOID entry) { list->L.Free(entry); }

} // extern "C"

#endif
