// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_CACHED_RECORDS_HPP
#define ASSENT_CORE_DETAIL_CACHED_RECORDS_HPP

#include <assent/config.hpp>
#include <assent/core/detail/domain_core.hpp>
#include <assent/core/detail/record.hpp>

namespace assent::inline ASSENT_ABI::detail {

/// Where a thread finds its records without searching. One cache per thread and per shared library
/// (hidden visibility), so it decides nothing: a miss looks the record up by its owner.
struct thread_cache {
    static constexpr unsigned count = 8;

    struct entry {
        domain_core* of = nullptr; ///< kept alive by this entry, so its address is not reused
        record* mine = nullptr;
    };

    entry entries[count];
    thread_cache* next = nullptr;
    thread_cache** link = nullptr; ///< null until listed by thread_exit

    static void drop(entry& e) noexcept {
        if (e.of == nullptr) return;
        domain_core::let_go(*e.mine);
        e.of->release();
        e = entry{};
    }

    void clear() noexcept {
        for (entry& e : entries) drop(e);
    }
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
