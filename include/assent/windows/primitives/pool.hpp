// SPDX-License-Identifier: BSL-1.0
// Defines the pool functions. For exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_PRIMITIVES_POOL_HPP
#define ASSENT_WINDOWS_PRIMITIVES_POOL_HPP

#include <cstring>

#include "pool_ledger.hpp"

namespace assent::windows::pool::detail {

inline constexpr ULONG untagged = 0x656E6F4E; // "None", which Windows shows for allocations without a tag

inline void* allocate_zeroed(std::size_t size, ULONG tag) noexcept {
    void* const memory = allocate(size, tag);
    if (memory != nullptr) std::memset(memory, 0, size);
    return memory;
}

} // namespace assent::windows::pool::detail

extern "C" {

PVOID ExAllocatePoolWithTag(POOL_TYPE type, SIZE_T size, ULONG tag) {
    const bool zeroed = (static_cast<unsigned>(type) & POOL_ZERO_ALLOCATION) != 0;
    return zeroed ? assent::windows::pool::detail::allocate_zeroed(size, tag)
                  : assent::windows::pool::allocate(size, tag);
}

PVOID ExAllocatePool(POOL_TYPE type, SIZE_T size) {
    return ExAllocatePoolWithTag(type, size, assent::windows::pool::detail::untagged);
}

PVOID ExAllocatePoolWithQuotaTag(POOL_TYPE type, SIZE_T size, ULONG tag) {
    return ExAllocatePoolWithTag(type, size, tag);
}

PVOID ExAllocatePoolUninitialized(POOL_TYPE type, SIZE_T size, ULONG tag) {
    return ExAllocatePoolWithTag(type, size, tag);
}

PVOID ExAllocatePoolZero(POOL_TYPE, SIZE_T size, ULONG tag) {
    return assent::windows::pool::detail::allocate_zeroed(size, tag);
}

// Exactly one kind of pool must be named, else there is no pool to allocate from.
PVOID ExAllocatePool2(POOL_FLAGS flags, SIZE_T size, ULONG tag) {
    const POOL_FLAGS kind = flags & (POOL_FLAG_NON_PAGED | POOL_FLAG_NON_PAGED_EXECUTE | POOL_FLAG_PAGED);
    if (kind == 0 || (kind & (kind - 1)) != 0) return nullptr;
    return (flags & POOL_FLAG_UNINITIALIZED) != 0 ? assent::windows::pool::allocate(size, tag)
                                                  : assent::windows::pool::detail::allocate_zeroed(size, tag);
}

VOID ExFreePool(PVOID memory) { assent::windows::pool::release(memory, 0); }

VOID ExFreePoolWithTag(PVOID memory, ULONG tag) { assent::windows::pool::release(memory, tag); }

} // extern "C"

#endif
