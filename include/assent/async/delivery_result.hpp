// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_ASYNC_DELIVERY_RESULT_HPP
#define ASSENT_ASYNC_DELIVERY_RESULT_HPP

#include <assent/config.hpp>

#include <concepts>
#include <exception>

namespace assent::inline ASSENT_ABI {

/// What became of a posted event.
enum class delivery_result : unsigned char {
    delivered, ///< every receiver was told; also when there was none
    discarded, ///< the executor closed before it came to the event; nobody was told
    failed,    ///< every receiver was told, and at least one threw
};

/// Nobody wants to know what became of the event.
struct no_completion {};

/// What may be called when a posted event is done with: with the result, and, if it takes a second argument,
/// with the first exception of a receiver (null unless the result is `failed`).
template <class F>
concept delivery_completion = std::move_constructible<F> &&
    (std::same_as<F, no_completion> || std::invocable<F&, delivery_result> ||
     std::invocable<F&, delivery_result, std::exception_ptr>);

} // namespace assent::inline ASSENT_ABI

#endif
