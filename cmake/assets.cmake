# Puts the built page (page/dist) into lee_serve as bytes, by .incbin. Without it an empty table is
# put in, and the program shows how to build the page. Looked at anew with every build.
set(lee_assets_source ${CMAKE_BINARY_DIR}/assets/page_assets.c)
add_custom_target(lee_page_assets
    COMMAND ${CMAKE_COMMAND} -DDIST=${CMAKE_SOURCE_DIR}/page/dist -DOUT=${CMAKE_BINARY_DIR}/assets
            -P ${CMAKE_SOURCE_DIR}/cmake/assets_pack.cmake
    BYPRODUCTS ${lee_assets_source}
    COMMENT "Looking for the built page" VERBATIM)
if(TARGET lee_serve)
    target_sources(lee_serve PRIVATE ${lee_assets_source})
    add_dependencies(lee_serve lee_page_assets)
endif()
