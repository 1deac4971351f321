// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_DDI_OR_NO_MEMORY_HPP
#define ASSENT_WINDOWS_DDI_OR_NO_MEMORY_HPP

#include <assent/config.hpp>

#include <exception>

namespace assent::windows::detail {

/// body(), or `otherwise` if it threw: nothing but std::bad_alloc can, and callers written in C cannot be
/// unwound through.
template <class Result, class Body> Result or_no_memory(Result otherwise, Body body) {
    ASSENT_TRY { return body(); }
    ASSENT_CATCH_ALL {
        if (std::current_exception() == nullptr) ASSENT_RETHROW; // the thread is being cancelled
        return otherwise;
    }
}

} // namespace assent::windows::detail

#endif
