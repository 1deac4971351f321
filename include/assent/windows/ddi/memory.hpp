// SPDX-License-Identifier: BSL-1.0
// Defines what drivers are told of physical memory. For exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_DDI_MEMORY_HPP
#define ASSENT_WINDOWS_DDI_MEMORY_HPP

#include <assent/config.hpp>
#include <assent/windows/ddk/assent_ddk/memory.h>
#include <assent/windows/ddk/assent_ddk/pool.h>
#include <assent/windows/partition.hpp>

#include <cstddef>

extern "C" {

/// One range for each memory module, in the order in which they were added, then one of zeros; the caller frees it
/// with ExFreePool. NULL: no memory.
PPHYSICAL_MEMORY_RANGE MmGetPhysicalMemoryRanges(VOID) {
    static constexpr LONGLONG module_bytes = LONGLONG{1} << 30;
    auto* const in = assent::windows::partition::current();
    const std::size_t modules = in == nullptr ? 0 : in->memory_modules();
    auto* const ranges = static_cast<PPHYSICAL_MEMORY_RANGE>(
        ExAllocatePoolZero(PagedPool, (modules + 1) * sizeof(PHYSICAL_MEMORY_RANGE), 0x6152684D)); // 'MhRa'
    if (ranges == nullptr) return nullptr;
    for (std::size_t i = 0; i < modules; ++i) {
        ranges[i].BaseAddress.QuadPart = static_cast<LONGLONG>(i) * module_bytes;
        ranges[i].NumberOfBytes.QuadPart = module_bytes;
    }
    return ranges;
}

} // extern "C"

#endif
